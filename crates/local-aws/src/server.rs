//! Start and shutdown of a local AWS.

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
use crate::dispatch::{self, Dispatcher};
use crate::dynamodb::{self, DynamoDb};
use crate::execution_log::ExecutionLog;
use crate::fault::Faults;
use crate::ids::IdGenerator;
use crate::shared::Shared;
use crate::state::Account;
use crate::store::{DataFolder, Journal, StoreError, StoredState};
use crate::switches::Switches;
use crate::world::WorldLogs;
use crate::{Options, world};

/// How long a shutdown waits for pending calls.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// Why a local AWS did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Listening on the address failed.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The requested address.
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// The data folder cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The DynamoDB library failed.
    #[error("cannot open DynamoDB: {0}")]
    DynamoDb(String),
}

/// A running local AWS: API Gateway, DynamoDB and the protected API on one port. Dropping it stops the server.
#[derive(Debug)]
pub struct LocalAws {
    address: SocketAddr,
    shared: Arc<Shared>,
    dynamodb: DynamoDb,
    is_restored: bool,
    serving: JoinHandle<()>,
    shutdown_token: DropGuard,
}

impl LocalAws {
    /// Starts the server, and returns when it accepts connections.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let listener = listen(options.listen).await?;
        let state = open(&options)?;
        Ok(Self::serve(listener, state, options.clock))
    }

    /// Starts a second server in memory with a copy of this one's state and the same clock.
    ///
    /// Nothing may change the state while it is copied. Faults, switches and recorded calls are not copied.
    pub async fn fork(&self) -> Result<Self, StartError> {
        let listener = listen(Options::default().listen).await?;
        let database = self.dynamodb.copy_to_memory()?;
        let (account, logs) = (self.shared.account(), WorldLogs::default());
        let state = OpenedState { account, database, logs, journal: None, is_restored: true };
        Ok(Self::serve(listener, state, self.shared.clock.clone()))
    }

    fn serve((listener, address): (TcpListener, SocketAddr), state: OpenedState, clock: Clock) -> Self {
        let OpenedState { account, database, logs, journal, is_restored } = state;
        let shutdown_token = CancellationToken::new();
        let shared = Arc::new(Shared::new(clock, account, logs, journal));
        let dynamodb = DynamoDb::new(database);
        let dispatcher = Dispatcher { shared: Arc::clone(&shared), dynamodb: dynamodb.clone(), address };
        let serving = spawn(dispatch::serve(listener, dispatcher, shutdown_token.clone()));
        Self { address, shared, dynamodb, is_restored, serving, shutdown_token: shutdown_token.drop_guard() }
    }

    /// Returns the URL to connect to.
    pub fn endpoint(&self) -> String {
        format!("http://{}", reachable_address(self.address))
    }

    /// Whether the state was restored from the data folder; if so, [`Options::world`] was ignored.
    pub const fn is_restored(&self) -> bool {
        self.is_restored
    }

    /// Associates a web ACL with a stage, as AWS WAF would, and returns whether the stage exists. Its rules are not
    /// evaluated.
    pub fn associate_web_acl(&self, api_id: &str, stage: &str, arn: &str) -> Result<bool, StoreError> {
        self.shared.change_account(|account| {
            let api = account.rest_apis.get_mut(api_id);
            let stage = api.and_then(|api| api.stages.get_mut(stage));
            stage.map(|stage| stage.web_acl_arn = Some(arn.to_owned())).is_some()
        })
    }

    /// Returns the clock that all services use.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Returns the scripted faults.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// Returns which delays and limits of the real AWS are on.
    pub fn switches(&self) -> Switches {
        self.shared.switches()
    }

    /// Switches delays and limits of the real AWS on or off.
    pub fn set_switches(&self, switches: Switches) {
        self.shared.set_switches(switches);
    }

    /// Returns the recorded calls.
    pub fn calls(&self) -> &Calls {
        &self.shared.calls
    }

    /// Returns the execution logs of all stages.
    pub fn execution_log(&self) -> &ExecutionLog {
        &self.shared.execution_log
    }

    /// Returns the access logs of all stages.
    pub fn access_log(&self) -> &AccessLog {
        &self.shared.access_log
    }

    /// Stops accepting calls, waits at most two seconds for pending ones, and stops the server.
    pub async fn shutdown(self) {
        drop(self.shutdown_token);
        let abort = self.serving.abort_handle();
        if tokio::time::timeout(SHUTDOWN_TIMEOUT, self.serving).await.is_err() {
            abort.abort();
        }
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let listen_error = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(listen_error)?;
    let bound = listener.local_addr().map_err(listen_error)?;
    Ok((listener, bound))
}

#[expect(clippy::disallowed_methods, reason = "the server owns this task and ends it in shutdown")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(task)
}

struct OpenedState {
    account: Account,
    database: dynoxide::Database,
    logs: WorldLogs,
    journal: Option<Journal>,
    is_restored: bool,
}

fn open(options: &Options) -> Result<OpenedState, StartError> {
    let Some(path) = &options.data else {
        let mut account = Account::new(IdGenerator::with_fixed_seed());
        let database = dynamodb::open_in_memory()?;
        let logs = world::fill(&options.world, &mut account, &database, options.clock.now())?;
        account.clear_changes();
        return Ok(OpenedState { account, database, logs, journal: None, is_restored: false });
    };
    let folder = DataFolder::open(path)?;
    let (mut account, database, logs, is_restored) = match folder.read()? {
        StoredState::Account(account) => {
            (*account, dynamodb::open_file(&folder.database_path())?, WorldLogs::default(), true)
        }
        StoredState::Empty => {
            folder.begin_first_start()?;
            let mut account = Account::new(IdGenerator::with_random_seed());
            let database = dynamodb::open_file(&folder.database_path())?;
            let logs = dynamodb::fill_in_bulk(&database, || {
                world::fill(&options.world, &mut account, &database, options.clock.now())
            })?;
            (account, database, logs, false)
        }
    };
    let journal = Some(folder.start_journal(&mut account)?);
    Ok(OpenedState { account, database, logs, journal, is_restored })
}

/// Replaces an unspecified address (0.0.0.0, ::) with loopback.
fn reachable_address(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}
