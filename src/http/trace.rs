//! W3C trace context: one trace for a run, a span of its own for each request.

use std::fmt;

/// The trace of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    id: String,
    flags: String,
}

impl Trace {
    /// The trace that `parent`, the text of `TRACEPARENT`, belongs to; a new one if there is none, or none
    /// that can be read.
    pub fn new(parent: Option<&str>) -> Self {
        parent.and_then(read).unwrap_or_else(|| Self {
            id: uuid::Uuid::new_v4().simple().to_string(),
            flags: "01".to_owned(),
        })
    }

    /// The header's value for one more request.
    pub fn header(&self) -> String {
        let span = fastrand::u64(1..);
        format!("00-{}-{span:016x}-{}", self.id, self.flags)
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}

fn read(text: &str) -> Option<Trace> {
    let hex = |part: &str, length: usize| {
        part.len() == length
            && part
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let nothing = |part: &str| part.bytes().all(|byte| byte == b'0');
    let mut parts = text.trim().split('-');
    let (version, id, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let whole = parts.next().is_none() || version != "00";
    (hex(version, 2)
        && version != "ff"
        && hex(id, 32)
        && !nothing(id)
        && hex(span, 16)
        && !nothing(span)
        && hex(flags, 2)
        && whole)
        .then(|| Trace {
            id: id.to_owned(),
            flags: flags.to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

    #[test]
    fn a_parent_gives_the_trace_and_its_flags() {
        let header = Trace::new(Some(PARENT)).header();
        assert!(header.starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
        assert!(header.ends_with("-00") && !header.contains("b7ad6b7169203331"));
        assert_eq!(header.len(), PARENT.len());
    }

    #[rstest]
    #[case("")]
    #[case("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    #[case("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01")]
    #[case("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    #[case("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more")]
    fn what_is_no_parent_starts_a_new_trace(#[case] text: &str) {
        let trace = Trace::new(Some(text));
        assert_ne!(trace.id, "0af7651916cd43dd8448eb211c80319c");
        assert!(read(&trace.header()).is_some());
    }
}
