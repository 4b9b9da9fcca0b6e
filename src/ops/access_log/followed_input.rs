//! Input that is read as it arrives, and ends when it is cancelled, even in the middle of a wait.

use std::io::{self, BufRead, Read};

use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio_util::sync::CancellationToken;

const CHUNK_BYTES: usize = 64 * 1024;
/// Chunks that wait to be read.
const MAX_CHUNKS: usize = 4;

type Chunk = io::Result<Vec<u8>>;

/// Is read on a thread that may block.
pub(super) struct FollowedInput {
    chunks: Receiver<Chunk>,
    chunk: Vec<u8>,
    /// How many bytes of the chunk were read.
    used: usize,
    cancel: CancellationToken,
    runtime: Handle,
}

impl FollowedInput {
    /// Reads the input on another thread, which ends with the input or with the program.
    pub(super) fn start(input: impl Read + Send + 'static, cancel: CancellationToken) -> Self {
        let (sender, chunks) = channel(MAX_CHUNKS);
        // Not awaited: a read that blocks cannot be cancelled.
        drop(tokio::task::spawn_blocking(move || send_chunks(input, &sender)));
        Self { chunks, chunk: Vec::new(), used: 0, cancel, runtime: Handle::current() }
    }

    /// `None` at the end, or once all is read that had arrived when the input was cancelled.
    fn next_chunk(&mut self) -> Option<Chunk> {
        let next = self.cancel.run_until_cancelled(self.chunks.recv());
        self.runtime.block_on(next).unwrap_or_else(|| {
            self.chunks.close();
            self.chunks.try_recv().ok()
        })
    }
}

/// Sends what was read, until the input ends or nothing receives it.
fn send_chunks(mut input: impl Read, sender: &Sender<Chunk>) {
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        let chunk = match input.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => Ok(buffer[..count].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let has_failed = chunk.is_err();
        if sender.blocking_send(chunk).is_err() || has_failed {
            return;
        }
    }
}

impl BufRead for FollowedInput {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used == self.chunk.len() {
            self.chunk = self.next_chunk().transpose()?.unwrap_or_default();
            self.used = 0;
        }
        Ok(&self.chunk[self.used..])
    }

    fn consume(&mut self, count: usize) {
        self.used += count;
    }
}

impl Read for FollowedInput {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Input that blocks after its text until the other end is dropped.
    struct Blocking {
        text: io::Cursor<Vec<u8>>,
        end: mpsc::Receiver<()>,
    }

    impl Read for Blocking {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.text.read(into)?;
            if count == 0 {
                // An error is the end that is waited for.
                let _ended = self.end.recv();
            }
            Ok(count)
        }
    }

    #[tokio::test]
    async fn cancelled_input_ends_after_what_has_arrived() {
        let (end, receiver) = mpsc::channel();
        let cancel = CancellationToken::new();
        let input = Blocking { text: io::Cursor::new(b"one\ntwo\n".to_vec()), end: receiver };
        let mut followed = FollowedInput::start(input, cancel.clone());
        let lines = tokio::task::spawn_blocking(move || {
            let mut lines = String::new();
            followed.read_line(&mut lines).expect("a line");
            cancel.cancel();
            followed.read_to_string(&mut lines).expect("the end");
            lines
        });
        assert_eq!(lines.await.expect("lines"), "one\ntwo\n");
        drop(end);
    }

    #[tokio::test]
    async fn input_is_read_to_its_end() {
        let letters = b"abcdefghijklmnopqrstuvwxyz".iter().copied();
        let text: Vec<u8> = letters.cycle().take(300_000).collect();
        let mut followed = FollowedInput::start(io::Cursor::new(text.clone()), CancellationToken::new());
        let read = tokio::task::spawn_blocking(move || {
            let mut bytes = Vec::new();
            followed.read_to_end(&mut bytes).map(|_| bytes)
        });
        assert!(read.await.expect("a thread").expect("bytes") == text);
    }
}
