//! What was measured, as data.

use std::collections::BTreeMap;

use serde::Serialize;

/// All workloads of one run.
#[derive(Debug, Serialize)]
pub struct Report {
    /// How many processors there were.
    pub cores: usize,
    pub workloads: Vec<Workload>,
    /// The targets that were not met.
    pub falls_short: Vec<String>,
    /// The targets that nothing is known of: their peer was not measured.
    pub not_compared: Vec<String>,
}

/// One workload: figures by name, each with its unit in the name (`_per_s`, `_ms`, `_us`, `_bytes`).
#[derive(Debug, Clone, Serialize)]
pub struct Workload {
    pub name: &'static str,
    pub figures: BTreeMap<String, f64>,
    /// The same figures of others, as `peer.figure`.
    pub peers: BTreeMap<String, f64>,
    pub targets: Vec<Target>,
    /// What somebody who reads the figures has to know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
}

/// What a figure has to be.
#[derive(Debug, Clone, Serialize)]
pub struct Target {
    pub what: String,
    /// `None` where it could not be measured.
    pub measured: Option<f64>,
    /// At least this, or at most.
    pub limit: f64,
    pub at_most: bool,
    /// It is a ratio to a peer, so without the peer nothing is known of it.
    pub to_peer: bool,
}

impl Target {
    /// Whether it is met; `None` where nothing is known.
    pub fn met(&self) -> Option<bool> {
        match (self.measured, self.to_peer) {
            (Some(measured), _) if self.at_most => Some(measured <= self.limit),
            (Some(measured), _) => Some(measured >= self.limit),
            (None, true) => None,
            (None, false) => Some(false),
        }
    }
}

impl Workload {
    pub(crate) fn new(name: &'static str) -> Self {
        Workload { name, figures: BTreeMap::new(), peers: BTreeMap::new(), targets: Vec::new(), note: None }
    }

    pub(crate) fn figure(&mut self, name: &str, value: f64) -> &mut Self {
        self.figures.insert(name.into(), rounded(value));
        self
    }

    pub(crate) fn peer(&mut self, name: &str, value: Option<f64>) -> &mut Self {
        self.peers.extend(value.map(|value| (name.to_owned(), rounded(value))));
        self
    }

    pub(crate) fn at_most(&mut self, what: &str, measured: Option<f64>, limit: f64) -> &mut Self {
        self.target(what, measured, limit, true, false)
    }

    /// `own` is at least `times` as much as the peer's.
    pub(crate) fn at_least_times(
        &mut self,
        what: &str,
        own: f64,
        peer: Option<f64>,
        times: f64,
    ) -> &mut Self {
        let ratio = peer.filter(|peer| *peer > 0.0).map(|peer| own / peer);
        self.target(what, ratio, times, false, true)
    }

    pub(crate) fn at_least(&mut self, what: &str, measured: Option<f64>, limit: f64) -> &mut Self {
        self.target(what, measured, limit, false, false)
    }

    fn target(
        &mut self,
        what: &str,
        measured: Option<f64>,
        limit: f64,
        at_most: bool,
        to_peer: bool,
    ) -> &mut Self {
        let measured = measured.map(rounded);
        self.targets.push(Target { what: what.into(), measured, limit, at_most, to_peer });
        self
    }
}

impl Report {
    pub(crate) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Report { cores, workloads: Vec::new(), falls_short: Vec::new(), not_compared: Vec::new() }
    }

    pub(crate) fn add(&mut self, workload: Workload) {
        for target in &workload.targets {
            let named = format!("{}: {}", workload.name, target.what);
            match target.met() {
                Some(true) => {}
                Some(false) => self.falls_short.push(named),
                None => self.not_compared.push(named),
            }
        }
        self.workloads.push(workload);
    }
}

/// Four digits are more than a measurement is worth.
fn rounded(value: f64) -> f64 {
    if value.abs() >= 1000.0 { value.round() } else { (value * 1000.0).round() / 1000.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_falls_short_is_named_and_what_was_not_compared_is_neither() {
        let mut workload = Workload::new("chain");
        workload
            .at_most("quick enough", Some(3.0), 3.0)
            .at_most("too slow", Some(3.1), 3.0)
            .at_least("too few", Some(9.0), 10.0)
            .at_least_times("as quick as a peer", 10.0, Some(20.0), 0.5)
            .at_least_times("nobody to compare with", 10.0, None, 0.5)
            .at_most("never measured", None, 1.0);
        let mut report = Report::new();
        report.add(workload);
        assert_eq!(report.falls_short, ["chain: too slow", "chain: too few", "chain: never measured"]);
        assert_eq!(report.not_compared, ["chain: nobody to compare with"]);
    }
}
