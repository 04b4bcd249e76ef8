//! What the server's connections have in common.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::fault::Fault;
use super::latency::Latency;
use super::object::Objects;
use super::request::Request;
use super::upload::Uploads;

type Rule = Arc<dyn Fn(&Request) -> Fault + Send + Sync>;

#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) objects: Objects,
    pub(crate) uploads: Uploads,
    settings: Mutex<Settings>,
    record: Mutex<Record>,
}

#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) rule: Option<Rule>,
    pub(crate) next: VecDeque<Fault>,
    pub(crate) latency: Option<Latency>,
    pub(crate) ignores_if_match: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) requests: Vec<Request>,
    /// Requests since the start.
    total: usize,
    in_flight: usize,
    pub(crate) most_in_flight: usize,
    pub(crate) bytes_sent: u64,
    /// Connections that are open.
    pub(crate) connections: usize,
}

impl Record {
    pub(crate) fn forget(&mut self) {
        self.requests.clear();
        self.most_in_flight = self.in_flight;
        self.bytes_sent = 0;
    }
}

impl Shared {
    pub(crate) fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records the request with this head, which is in flight as long as the answer exists. `None` if it is no request.
    pub(crate) fn begin(self: &Arc<Self>, head: &[u8]) -> Option<(Request, InFlight)> {
        let mut record = self.record();
        let request = Request::parse(head, record.total)?;
        record.total += 1;
        record.in_flight += 1;
        record.most_in_flight = record.most_in_flight.max(record.in_flight);
        record.requests.push(request.clone());
        drop(record);
        Some((request, InFlight(Arc::clone(self))))
    }

    /// Counts a connection, which is open as long as what is returned exists.
    pub(crate) fn connect(self: &Arc<Self>) -> Connected {
        self.record().connections += 1;
        Connected(Arc::clone(self))
    }

    /// What is to be done with a request.
    pub(crate) fn fault(&self, request: &Request) -> Fault {
        let mut settings = self.settings();
        if let Some(fault) = settings.next.pop_front() {
            return fault;
        }
        let rule = settings.rule.clone();
        // The rule may ask for settings.
        drop(settings);
        rule.map_or(Fault::None, |rule| rule(request))
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// A request that is not answered yet.
#[derive(Debug)]
pub(crate) struct InFlight(Arc<Shared>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.record().in_flight -= 1;
    }
}

/// A connection that is open.
#[derive(Debug)]
pub(crate) struct Connected(Arc<Shared>);

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.record().connections -= 1;
    }
}
