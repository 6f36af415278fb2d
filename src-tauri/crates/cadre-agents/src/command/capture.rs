//! Output kept within a bound: all of it, or its beginning and its end.

use std::borrow::Cow;
use std::collections::VecDeque;

/// One stream's output.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Captured {
    /// Everything, or the beginning if `cut`.
    pub head: Vec<u8>,
    /// What came last; empty unless `cut`.
    pub tail: Vec<u8>,
    /// Bytes that were written while they were watched.
    pub total: u64,
}

impl Captured {
    /// Is something missing between head and tail?
    pub fn is_cut(&self) -> bool {
        self.total > (self.head.len() + self.tail.len()) as u64
    }

    /// For people and models: bytes that are not UTF-8 are replaced, a gap is named.
    pub fn to_text(&self) -> Cow<'_, str> {
        if !self.is_cut() && self.tail.is_empty() {
            return String::from_utf8_lossy(&self.head);
        }
        let missing = self.total - (self.head.len() + self.tail.len()) as u64;
        let (head, tail) = (String::from_utf8_lossy(&self.head), String::from_utf8_lossy(&self.tail));
        format!("{head}\n[{missing} bytes left out]\n{tail}").into()
    }
}

/// Collects a stream within `limit` bytes of memory.
#[derive(Debug)]
pub(super) struct Capture {
    limit: usize,
    head: Vec<u8>,
    /// Used from the first byte beyond the limit on; then head gives up its second half to it.
    tail: VecDeque<u8>,
    total: u64,
}

impl Capture {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, head: Vec::new(), tail: VecDeque::new(), total: 0 }
    }

    pub(super) fn is_over_limit(&self) -> bool {
        self.total > self.limit as u64
    }

    /// Returns the part of `bytes` that lies within the limit.
    pub(super) fn push<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let was_over = self.is_over_limit();
        self.total += bytes.len() as u64;
        let room = self.limit - self.head.len().min(self.limit);
        if was_over {
            self.push_tail(bytes);
            return &[];
        }
        let (within, beyond) = bytes.split_at(room.min(bytes.len()));
        self.head.extend_from_slice(within);
        if !beyond.is_empty() {
            let second_half = self.head.split_off(self.limit.div_ceil(2));
            self.push_tail(&second_half);
            self.push_tail(beyond);
        }
        within
    }

    fn push_tail(&mut self, bytes: &[u8]) {
        let room = self.limit / 2;
        let bytes = &bytes[bytes.len().saturating_sub(room)..];
        let surplus = (self.tail.len() + bytes.len()).saturating_sub(room);
        self.tail.drain(..surplus);
        self.tail.extend(bytes);
    }

    pub(super) fn finish(self) -> Captured {
        Captured { head: self.head, tail: self.tail.into(), total: self.total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_all_within_the_limit_and_head_and_tail_beyond_it() {
        let rows: &[(&[&str], usize, &str, &str)] = &[
            (&[], 4, "", ""),
            (&["abcd"], 4, "abcd", ""),
            (&["abcde"], 4, "ab", "de"),
            (&["abcd", "e"], 4, "ab", "de"),
            (&["ab", "cdefgh", "ij"], 5, "abc", "ij"),
            (&["abcdefghij", "k"], 4, "ab", "jk"),
            (&["abc"], 0, "", ""),
            (&["abc", "def"], 1, "a", ""),
        ];
        for (pieces, limit, head, tail) in rows {
            let mut capture = Capture::new(*limit);
            let mut seen = Vec::new();
            for piece in *pieces {
                seen.extend_from_slice(capture.push(piece.as_bytes()));
            }
            let all = pieces.concat();
            let captured = capture.finish();
            let found = (captured.head.as_slice(), captured.tail.as_slice());
            assert_eq!(found, (head.as_bytes(), tail.as_bytes()), "{pieces:?} within {limit}");
            assert_eq!(captured.total, all.len() as u64, "what is not kept is still counted: {pieces:?}");
            assert_eq!(captured.is_cut(), all.len() > *limit, "a gap is never silent: {pieces:?}");
            assert_eq!(seen, &all.as_bytes()[..all.len().min(*limit)], "nobody is shown more: {pieces:?}");
        }
    }
}
