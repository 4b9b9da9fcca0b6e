//! The bytes of an access log, uncompressed, with a way to put bytes back.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

const BUFFER_BYTES: usize = 64 * 1024;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// The byte order mark of UTF-8.
const UTF8_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];
const UTF16_MARKS: [[u8; 2]; 2] = [[0xff, 0xfe], [0xfe, 0xff]];

/// Uncompresses a log that is compressed with gzip, and removes a byte order mark.
pub(super) fn decode<'a>(log: impl BufRead + 'a) -> io::Result<Pushback<Box<dyn BufRead + 'a>>> {
    let (head, log) = read_head(log)?;
    let log: Box<dyn BufRead> = if head.starts_with(&GZIP_MAGIC) {
        Box::new(BufReader::with_capacity(
            BUFFER_BYTES,
            MultiGzDecoder::new(io::Cursor::new(head).chain(log)),
        ))
    } else {
        Box::new(io::Cursor::new(head).chain(log))
    };
    let (mut head, log) = read_head(log)?;
    if UTF16_MARKS.iter().any(|mark| head.starts_with(mark)) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is UTF-16: save it as UTF-8"));
    }
    if head == UTF8_MARK {
        head.clear();
    }
    Ok(Pushback { log, back: head, used: 0 })
}

/// Reads the first three bytes, or fewer at the end.
fn read_head<R: BufRead>(mut log: R) -> io::Result<(Vec<u8>, R)> {
    let mut head = Vec::new();
    log.by_ref().take(3).read_to_end(&mut head)?;
    Ok((head, log))
}

pub(super) struct Pushback<R> {
    log: R,
    back: Vec<u8>,
    /// How many bytes of `back` have been read again.
    used: usize,
}

impl<R> Pushback<R> {
    /// Puts back bytes that were just read.
    pub(super) fn put_back(&mut self, bytes: &[u8]) {
        self.back.splice(..self.used, bytes.iter().copied());
        self.used = 0;
    }
}

impl<R: BufRead> Read for Pushback<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Pushback<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used < self.back.len() { Ok(&self.back[self.used..]) } else { self.log.fill_buf() }
    }

    fn consume(&mut self, count: usize) {
        if self.used < self.back.len() {
            self.used += count;
        } else {
            self.log.consume(count);
        }
    }
}
