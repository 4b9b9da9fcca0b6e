//! A local AWS from its start to its end.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::access_log::AccessLog;
use crate::calls::Calls;
use crate::clock::Clock;
use crate::dynamodb::{self, DynamoDb};
use crate::execution_log::ExecutionLog;
use crate::fault::Faults;
use crate::front::{self, Front};
use crate::ids::Ids;
use crate::shared::Shared;
use crate::state::Account;
use crate::store::{Folder, Found, Journal, StoreError};
use crate::switches::Switches;
use crate::{Options, world};

/// How long calls that are being answered may hold up the end.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why a local AWS did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// As it was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The folder of its state cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// DynamoDB did not come up.
    #[error("cannot open DynamoDB: {0}")]
    DynamoDb(String),
}

/// API Gateway, DynamoDB and the protected API on one port; they end when this is dropped.
#[derive(Debug)]
pub struct LocalAws {
    address: SocketAddr,
    shared: Arc<Shared>,
    dynamodb: DynamoDb,
    goes_on: bool,
    serving: JoinHandle<()>,
    end: DropGuard,
}

impl LocalAws {
    /// Starts to serve, and returns when callers can come.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let listener = listen(options.listen).await?;
        let opened = open(&options)?;
        Ok(Self::serve(listener, opened, options.clock))
    }

    /// Starts a second one in memory that holds what this one holds, and goes its own way from there.
    ///
    /// Nobody may be changing anything meanwhile. Faults, switches and calls are not taken over.
    pub async fn twin(&self) -> Result<Self, StartError> {
        let listener = listen(Options::default().listen).await?;
        let database = self.dynamodb.copy()?;
        let opened = Opened { account: self.shared.account(), database, journal: None, goes_on: true };
        Ok(Self::serve(listener, opened, self.shared.clock.clone()))
    }

    fn serve((listener, address): (TcpListener, SocketAddr), opened: Opened, clock: Clock) -> Self {
        let Opened { account, database, journal, goes_on } = opened;
        let end = CancellationToken::new();
        let shared = Arc::new(Shared::new(clock, account, journal));
        let dynamodb = DynamoDb::new(database);
        let front = Front { shared: Arc::clone(&shared), dynamodb: dynamodb.clone(), address };
        let serving = in_background(front::serve(listener, front, end.clone()));
        Self { address, shared, dynamodb, goes_on, serving, end: end.drop_guard() }
    }

    /// Where it listens, as a URL.
    pub fn endpoint(&self) -> String {
        format!("http://{}", reachable(self.address))
    }

    /// Whether it goes on from what its folder already held, whatever world was asked for.
    pub const fn goes_on(&self) -> bool {
        self.goes_on
    }

    /// The clock that everything in it goes by.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// The faults its callers meet.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// How close to the real AWS it keeps.
    pub fn switches(&self) -> Switches {
        self.shared.switches()
    }

    /// Makes it keep closer to the real AWS, or less close.
    pub fn set_switches(&self, switches: Switches) {
        self.shared.set_switches(switches);
    }

    /// What was asked of it.
    pub fn calls(&self) -> &Calls {
        &self.shared.calls
    }

    /// Why calls of the protected API got what they got.
    pub fn execution_log(&self) -> &ExecutionLog {
        &self.shared.execution_log
    }

    /// What stages wrote into their access logs.
    pub fn access_log(&self) -> &AccessLog {
        &self.shared.access_log
    }

    /// Takes no more calls, answers those that are running, and ends.
    pub async fn shutdown(self) {
        drop(self.end);
        let stop = self.serving.abort_handle();
        if tokio::time::timeout(PATIENCE, self.serving).await.is_err() {
            stop.abort();
        }
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let refused = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    Ok((listener, bound))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the server spawns what it serves with, and ends it in shutdown"
)]
fn in_background(task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(task)
}

struct Opened {
    account: Account,
    database: dynoxide::Database,
    journal: Option<Journal>,
    goes_on: bool,
}

fn open(options: &Options) -> Result<Opened, StartError> {
    let Some(path) = &options.data else {
        let mut account = Account::new(Ids::repeatable());
        let database = dynamodb::in_memory()?;
        world::fill(&options.world, &mut account, &database, options.clock.now())?;
        account.forget_changes();
        return Ok(Opened { account, database, journal: None, goes_on: false });
    };
    let folder = Folder::open(path)?;
    let (mut account, database, goes_on) = match folder.read()? {
        Found::Account(account) => (*account, dynamodb::on_file(&folder.database())?, true),
        Found::Nothing => {
            let mut account = Account::new(Ids::random());
            let database = dynamodb::on_file(&folder.database())?;
            dynamodb::in_bulk(&database, || {
                world::fill(&options.world, &mut account, &database, options.clock.now())
            })?;
            (account, database, false)
        }
    };
    let journal = Some(folder.begin_journal(&mut account)?);
    Ok(Opened { account, database, journal, goes_on })
}

/// An address that listens everywhere is reached on loopback.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}
