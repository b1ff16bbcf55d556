//! An error and its causes: joined into one sentence, searched for a type, described for programs.
//!
//! Must not know any error of this program.

use std::borrow::Cow;
use std::error::Error;
use std::{fmt, io, iter};

/// What an error's message leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Names the error in JSON, the log and the audit log; in snake_case, and stable.
    pub code: &'static str,
    /// What fixes it, if anything does.
    pub remedy: Option<Cow<'static, str>>,
}

impl Description {
    /// An error without a remedy.
    #[must_use]
    pub const fn new(code: &'static str) -> Self {
        Self { code, remedy: None }
    }

    /// An error that only a change of the program fixes.
    #[must_use]
    pub const fn bug(code: &'static str) -> Self {
        Self { code, remedy: Some(Cow::Borrowed("this is a bug in headcount; please report it")) }
    }

    /// The same error with a remedy.
    #[must_use]
    pub fn remedy(self, remedy: impl Into<Cow<'static, str>>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }
}

/// An error that has a code, and a remedy if there is one. Its message says what happened, without either.
pub trait Describe: Error {
    /// The code and the remedy.
    fn describe(&self) -> Description;
}

impl Describe for io::Error {
    fn describe(&self) -> Description {
        Description::new("io")
    }
}

impl Describe for serde_json::Error {
    fn describe(&self) -> Description {
        Description::new("json")
    }
}

/// What a person reads of an error, with the remedy apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What happened, with its causes.
    pub text: String,
    /// What fixes it, if anything does.
    pub remedy: Option<Cow<'static, str>>,
}

impl Explanation {
    /// What happened, and what fixes it.
    pub fn new(text: impl Into<String>, remedy: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.into(), remedy: Some(remedy.into()) }
    }

    /// That of an error.
    #[must_use]
    pub fn of(error: &(dyn Describe + 'static)) -> Self {
        Self { text: causes(error), remedy: error.describe().remedy }
    }

    /// The same, with the text in a larger one.
    #[must_use]
    pub fn within(self, beginning: &str) -> Self {
        Self { text: format!("{beginning}: {}", self.text), ..self }
    }
}

/// One sentence: `text; remedy`.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        self.remedy.as_ref().map_or(Ok(()), |remedy| write!(f, "; {remedy}"))
    }
}

/// `message: cause: cause; remedy`.
#[must_use]
pub fn sentence(error: &(dyn Describe + 'static)) -> String {
    Explanation::of(error).to_string()
}

/// `message: cause: cause`. A cause whose message is part of one before it is left out.
#[must_use]
pub fn causes(error: &(dyn Error + 'static)) -> String {
    chain(error).fold(String::new(), |joined, cause| {
        let message = cause.to_string();
        match joined {
            joined if joined.is_empty() => message,
            joined if joined.contains(&message) => joined,
            joined => format!("{joined}: {message}"),
        }
    })
}

/// The innermost error of a type, among the error and its causes.
#[must_use]
pub fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    chain(error).filter_map(|error| error.downcast_ref()).last()
}

/// The innermost cause, in its own words.
#[must_use]
pub fn innermost(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

/// The error and its causes.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    iter::successors(Some(error), |error| cause(*error))
}

/// The next cause. An `io::Error` skips the error that it wraps in `source`.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>() {
        Some(wrapper) => wrapper.get_ref().map(|wrapped| wrapped as &(dyn Error + 'static)),
        None => error.source(),
    }
}

/// Defines what can be wrong with something, one row for each: the variant, its message, its code, and its remedy if there is
/// one. What is in brackets after the enum's name is passed to `describe`, for the remedies. The variant after the plus sign is
/// what another enum explains.
macro_rules! problems {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident ($($given:ident: $given_type:ty)?) $(+ $inner:ident($inner_type:ty, $inner_given:expr))? {
            $($(#[$doc:meta])* $variant:ident $(($($tuple:tt)*))? $({$($field:tt)*})?: $message:literal, $code:literal $(, $remedy:expr)?;)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
        $vis enum $name {
            $($(#[$doc])* #[error($message)] $variant $(($($tuple)*))? $({$($field)*})?,)*
            $(/// What is explained elsewhere.
            #[error(transparent)] $inner($inner_type),)?
        }

        impl $name {
            /// The code and the remedy.
            #[must_use]
            pub fn describe(self $(, $given: $given_type)?) -> $crate::error_chain::Description {
                match self {
                    $(Self::$variant { .. } => $crate::error_chain::Description::new($code)$(.remedy($remedy))?,)*
                    $(Self::$inner(error) => error.describe($inner_given),)?
                }
            }
        }
    };
}
pub(crate) use problems;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot open the store")]
    struct Outer(#[source] io::Error);

    impl Describe for Outer {
        fn describe(&self) -> Description {
            Description::new("unusable").remedy("check the disk")
        }
    }

    #[derive(Debug, thiserror::Error)]
    #[error("layer {0}")]
    struct Layer(u8, #[source] Option<Box<dyn Error + Send + Sync>>);

    #[test]
    fn sentence_joins_causes_then_remedy() {
        let error = Outer(io::Error::other("disk full"));
        assert_eq!(sentence(&error), "cannot open the store: disk full; check the disk");
        assert_eq!(causes(&error), "cannot open the store: disk full");
    }

    #[test]
    fn cause_within_earlier_message_is_left_out() {
        assert_eq!(causes(&io::Error::other("disk full")), "disk full");
        assert_eq!(causes(&Outer(io::Error::other("the store"))), "cannot open the store");
    }

    #[test]
    fn find_returns_the_innermost_match() {
        let inner = io::Error::other(Layer(2, None));
        let outer = Layer(0, Some(Box::new(io::Error::new(io::ErrorKind::TimedOut, Layer(1, Some(inner.into()))))));
        assert_eq!(find::<Layer>(&outer).map(|layer| layer.0), Some(2));
        assert_eq!(find::<io::Error>(&outer).map(io::Error::kind), Some(io::ErrorKind::Other));
        assert_eq!(innermost(&outer), "layer 2");
        assert!(find::<std::fmt::Error>(&outer).is_none());
    }
}
