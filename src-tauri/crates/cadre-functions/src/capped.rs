//! Lists that stay small however large the folder is, and say how many entries they left out.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capped<T> {
    pub items: Vec<T>,
    /// How many more there are.
    pub left_out: u64,
}

impl<T> Default for Capped<T> {
    fn default() -> Self {
        Self { items: Vec::new(), left_out: 0 }
    }
}

impl<T> Capped<T> {
    /// The first `limit` of a sorted list.
    pub(crate) fn first(mut items: Vec<T>, limit: usize) -> Self {
        let left_out = items.len().saturating_sub(limit) as u64;
        items.truncate(limit);
        Self { items, left_out }
    }

    /// How many there are, with those left out.
    pub fn total(&self) -> u64 {
        self.items.len() as u64 + self.left_out
    }
}

/// Keeps the entries with the greatest keys and forgets the others at once. Keys must differ, or which of
/// two equal entries survives would depend on the order of the walk.
pub(crate) struct Top<K, T> {
    limit: usize,
    seen: u64,
    kept: BinaryHeap<Reverse<Ranked<K, T>>>,
}

struct Ranked<K, T> {
    key: K,
    value: T,
}

impl<K: Ord, T> Top<K, T> {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, seen: 0, kept: BinaryHeap::with_capacity(limit + 1) }
    }

    pub(crate) fn offer(&mut self, key: K, value: impl FnOnce() -> T) {
        self.seen += 1;
        if self.kept.len() == self.limit {
            match self.kept.peek() {
                Some(Reverse(least)) if least.key < key => {
                    self.kept.pop();
                }
                _ => return,
            }
        }
        self.kept.push(Reverse(Ranked { key, value: value() }));
    }

    /// Greatest key first.
    pub(crate) fn into_capped(self) -> Capped<T> {
        let mut kept: Vec<_> = self.kept.into_iter().map(|Reverse(ranked)| ranked).collect();
        kept.sort_by(|one, other| other.cmp(one));
        let items: Vec<T> = kept.into_iter().map(|ranked| ranked.value).collect();
        let left_out = self.seen - items.len() as u64;
        Capped { items, left_out }
    }
}

impl<K: Ord, T> Ord for Ranked<K, T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl<K: Ord, T> PartialOrd for Ranked<K, T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: Ord, T> PartialEq for Ranked<K, T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<K: Ord, T> Eq for Ranked<K, T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn top_keeps_the_greatest_in_any_order_of_arrival() {
        for arrivals in [[1, 2, 3, 4, 5], [5, 4, 3, 2, 1], [3, 5, 1, 4, 2]] {
            let mut top = Top::new(2);
            for number in arrivals {
                top.offer(number, || number);
            }
            let expected = Capped { items: vec![5, 4], left_out: 3 };
            assert_eq!(top.into_capped(), expected, "the walk's order must not show: {arrivals:?}");
        }
    }
}
