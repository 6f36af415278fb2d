//! A value that nobody should see: a provider's key, a token.
//!
//! Deliberately absent: `Debug`, `Display`, `Serialize`, `Clone` and `PartialEq`. A type that holds a secret cannot
//! derive them either, so a log line, an error or a stored record that would show one does not compile.

use zeroize::Zeroize;

/// Holds a secret and overwrites it when it goes.
///
/// Copies that a library makes on the way to the wire (a header's value) are not overwritten.
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for the one place that sends or stores it. Do not keep what this returns.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Does not compile when the type has the trait: the call would have two candidates.
    macro_rules! lacks {
        ($type:ty: $($bound:path),+) => {$({
            trait Lacks<Candidate> {
                fn proven() {}
            }
            impl<T: ?Sized> Lacks<()> for T {}
            struct Present;
            impl<T: ?Sized + $bound> Lacks<Present> for T {}
            <$type as Lacks<_>>::proven();
        })+};
    }

    #[test]
    fn a_secret_cannot_be_shown_copied_or_stored() {
        lacks!(Secret<String>: std::fmt::Debug, std::fmt::Display, serde::Serialize, Clone, PartialEq);
    }

    #[test]
    fn a_secret_is_overwritten_when_it_goes() {
        struct Watched<'a>(&'a std::cell::Cell<bool>);
        impl Zeroize for Watched<'_> {
            fn zeroize(&mut self) {
                self.0.set(true);
            }
        }
        let overwritten = std::cell::Cell::new(false);
        drop(Secret::new(Watched(&overwritten)));
        assert!(overwritten.get(), "a dropped secret must not stay in memory");
    }
}
