//! Reading an entry where it lies: in one pass over its bytes, without building anything, and only if those are the
//! canonical ones.
//!
//! What is accepted here is canonical; what is not may be canonical all the same (a fraction, a key that is not ASCII),
//! and is for [`Entry::decode`](super::Entry::decode) and a comparison. So nothing here has to know all of RFC 8785,
//! only to accept nothing else.

use cadre_graph::Hash;

use crate::batch::VALUE_MARK;

/// serde_json reads up to 128 levels; what is deeper than this goes there.
const DEEPEST: u32 = 100;

/// Integers beyond 2^53 have another canonical form.
const DIGITS: usize = 15;

/// An entry whose bytes are canonical.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StrictEntry<'a> {
    pub(crate) at: i64,
    /// As it lies, which is canonical too.
    pub(crate) data: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) prev: Hash,
    pub(crate) seq: u64,
    pub(crate) v: u32,
}

impl<'a> StrictEntry<'a> {
    /// Reads a body, and gives each commitment that it refers to into `found`; `None` for what is not certainly
    /// canonical, and then what is in `found` means nothing.
    pub(crate) fn read(body: &'a [u8], found: &mut Vec<Hash>) -> Option<StrictEntry<'a>> {
        let text = std::str::from_utf8(body).ok()?;
        let mut reader = Reader { text, at: 0, found };
        reader.expect("{\"at\":\"")?;
        let at = reader.until_quote()?;
        reader.expect(",\"data\":")?;
        let begins = reader.at;
        reader.value(0)?;
        let data = text.get(begins..reader.at)?;
        reader.expect(",\"kind\":\"")?;
        let kind = reader.until_quote()?;
        reader.expect(",\"prev\":\"")?;
        let prev = reader.until_quote()?;
        reader.expect(",\"seq\":")?;
        let seq = reader.number()?;
        reader.expect(",\"v\":")?;
        let v = reader.number()?;
        reader.expect("}")?;
        let entry = StrictEntry {
            at: at.parse().ok()?,
            data,
            kind,
            prev: hash(prev)?,
            seq: seq.parse().ok()?,
            v: v.parse().ok()?,
        };
        // `+5`, `05` and `-0` are read as numbers, and written otherwise.
        (reader.at == text.len() && is_integer(at)).then_some(entry)
    }
}

/// Lower-case digits only: that is how a hash is written.
fn hash(text: &str) -> Option<Hash> {
    let lower = text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if lower { Hash::from_hex(text) } else { None }
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    whole && (!digits.starts_with('0') || text == "0")
}

struct Reader<'a, 'f> {
    text: &'a str,
    at: usize,
    found: &'f mut Vec<Hash>,
}

impl<'a> Reader<'a, '_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn expect(&mut self, wanted: &str) -> Option<()> {
        let rest = self.text.as_bytes().get(self.at..)?;
        rest.starts_with(wanted.as_bytes()).then(|| self.at += wanted.len())
    }

    /// A string without escapes, whose opening quote is behind; the closing one is then, too.
    fn until_quote(&mut self) -> Option<&'a str> {
        let begins = self.at;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' | 0..0x20 => return None,
                _ => self.at += 1,
            }
        }
        let text = self.text.get(begins..self.at);
        self.at += 1;
        text
    }

    fn value(&mut self, depth: u32) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        match self.peek()? {
            b'"' => {
                self.at += 1;
                self.string()
            }
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b't' => self.expect("true"),
            b'f' => self.expect("false"),
            b'n' => self.expect("null"),
            _ => self.number().map(drop),
        }
    }

    fn object(&mut self, depth: u32) -> Option<()> {
        self.at += 1;
        if self.expect("}").is_some() {
            return Some(());
        }
        let mut before: Option<&str> = None;
        loop {
            self.expect("\"")?;
            let key = self.until_quote()?;
            // Of ASCII, the order of bytes is that of UTF-16.
            if !key.is_ascii() || before.is_some_and(|before| before >= key) {
                return None;
            }
            self.expect(":")?;
            if key == VALUE_MARK {
                return if before.is_none() { self.mark() } else { None };
            }
            self.value(depth + 1)?;
            before = Some(key);
            if self.expect(",").is_none() {
                return self.expect("}");
            }
        }
    }

    /// The only member of its object.
    fn mark(&mut self) -> Option<()> {
        self.expect("\"")?;
        let commitment = hash(self.until_quote()?)?;
        self.found.push(commitment);
        self.expect("}")
    }

    fn array(&mut self, depth: u32) -> Option<()> {
        self.at += 1;
        if self.expect("]").is_some() {
            return Some(());
        }
        loop {
            self.value(depth + 1)?;
            if self.expect(",").is_none() {
                return self.expect("]");
            }
        }
    }

    fn number(&mut self) -> Option<&'a str> {
        let begins = self.at;
        while let Some(b'-' | b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        let number = self.text.get(begins..self.at)?;
        // What goes on as a fraction meets a character that nobody expects.
        (number.len() <= DIGITS && is_integer(number)).then_some(number)
    }

    /// Each character in its shortest form: as itself, or by the escape that RFC 8785 has for it.
    fn string(&mut self) -> Option<()> {
        loop {
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                b'"' => return Some(()),
                b'\\' => self.escape()?,
                0..0x20 => return None,
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        let byte = self.peek()?;
        self.at += 1;
        match byte {
            b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => {
                self.expect("00")?;
                let (high, low) = (self.peek()?, *self.text.as_bytes().get(self.at + 1)?);
                self.at += 2;
                let short = high == b'0' && matches!(low, b'8' | b'9' | b'a' | b'c' | b'd');
                let control = matches!(high, b'0' | b'1') && matches!(low, b'0'..=b'9' | b'a'..=b'f');
                (control && !short).then_some(())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::batch::commitments;
    use crate::ledger::{Entry, GENESIS};

    fn entry(data: Value) -> Entry {
        Entry { at: 1_763_705_000_000_000, data, kind: "checkpoint".into(), prev: GENESIS, seq: 7, v: 1 }
    }

    fn read(body: &[u8]) -> Option<StrictEntry<'_>> {
        StrictEntry::read(body, &mut Vec::new())
    }

    /// What the slow way says: an entry whose bytes are canonical, and what it refers to.
    fn slow(body: &[u8]) -> Option<(Entry, Vec<Hash>)> {
        let entry = Entry::decode(body).ok().filter(|entry| entry.body() == body)?;
        let mut found = Vec::new();
        commitments(&entry.data, &mut found);
        Some((entry, found))
    }

    fn agrees(body: &[u8]) -> bool {
        let mut found = Vec::new();
        let Some(strict) = StrictEntry::read(body, &mut found) else { return false };
        let (mut entry, referred) = slow(body).expect("what is accepted is canonical");
        let data: Value = serde_json::from_str(strict.data).expect("what is accepted is JSON");
        assert_eq!(data, std::mem::take(&mut entry.data));
        assert_eq!(
            (strict.at, strict.kind, strict.prev, strict.seq, strict.v),
            (entry.at, entry.kind.as_str(), entry.prev, entry.seq, entry.v)
        );
        assert_eq!(found, referred);
        true
    }

    #[test]
    fn what_the_writer_writes_is_read_here() {
        let mark = json!({ VALUE_MARK: Hash::from_bytes([7; 32]) });
        let data = json!({ "a": [1, -5, 0, true, null, mark], "b": { "c": mark, "d": "é \u{1f600} \" \\ \n \u{1}" } });
        assert!(agrees(&entry(data).body()));
        assert!(agrees(&entry(json!({})).body()));
        assert!(agrees(&Entry { at: -1, ..entry(json!([])) }.body()));
    }

    #[test]
    fn what_is_not_canonical_is_not_accepted() {
        let body =
            |data: &str| format!(r#"{{"at":"1","data":{data},"kind":"k","prev":"{GENESIS}","seq":7,"v":1}}"#);
        assert!(agrees(body("0").as_bytes()));
        for data in [
            "01",
            "-0",
            "+1",
            "1.0",
            "1e3",
            "9007199254740993",
            " 1",
            "1 ",
            "[1,]",
            "[,1]",
            r#"{"b":1,"a":2}"#,
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,}"#,
            r#""\/""#,
            r#""\u0041""#,
            r#""\u001F""#,
            r#""\u000a""#,
            r#""\ud83d""#,
            "nul",
            "\"\t\"",
            "\"",
            "{",
            "[",
            "",
            "1}{",
            "{\"a\"}",
            "-",
            "1-2",
        ] {
            let body = body(data);
            assert_eq!(read(body.as_bytes()), None, "{body}");
            assert_eq!(slow(body.as_bytes()), None, "{body}");
        }
        let sound = entry(json!({})).body();
        let text = String::from_utf8(sound).expect("UTF-8");
        for (one, other) in [
            ("\"at\":\"1", "\"at\":\"01"),
            ("\"at\":\"1", "\"at\":\"+1"),
            ("000\",\"s", "00A\",\"s"),
            ("\"v\":1", "\"v\":01"),
            ("\"v\":1}", "\"v\":1} "),
            ("\"v\":1}", "\"v\":-1}"),
            ("\"seq\":7", "\"seq\":7.0"),
            ("00\",\"s", "0\",\"s"),
        ] {
            let changed = text.replacen(one, other, 1);
            assert_ne!(changed, text);
            assert_eq!(read(changed.as_bytes()), None, "{changed}");
        }
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        assert_eq!(read(body(&deep).as_bytes()), None, "deep, and no overflow");
    }

    /// A mark that is not alone, or refers to nothing, is for the slow way.
    #[test]
    fn odd_marks_are_left_to_the_slow_way() {
        for data in [
            json!({ VALUE_MARK: "no hash" }),
            json!({ VALUE_MARK: 1 }),
            json!({ VALUE_MARK: GENESIS, "a": 1 }),
            json!({ "!": 1, VALUE_MARK: GENESIS }),
            json!({ VALUE_MARK: GENESIS.to_string().replace('0', "A") }),
        ] {
            assert_eq!(read(&entry(data.clone()).body()), None, "{data}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(|number| Value::from(number >> 12)),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            any::<[u8; 32]>().prop_map(|bytes| json!({ VALUE_MARK: Hash::from_bytes(bytes) })),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|members| Value::Object(Map::from_iter(members))),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_what_the_slow_way_reads(data in any_json()) {
            agrees(&entry(data).body());
        }

        #[test]
        fn a_changed_byte_is_accepted_only_where_the_slow_way_accepts_it(
            data in any_json(), place in any::<prop::sample::Index>(), byte: u8,
        ) {
            let mut body = entry(data).body();
            let place = place.index(body.len());
            body[place] = byte;
            agrees(&body);
            body.truncate(place);
            prop_assert_eq!(read(&body), None);
        }
    }
}
