//! Enums of the API whose values are texts on the wire.

/// Defines an enum by its variants and their values on the wire, with `as_str` and serde for both ways.
macro_rules! string_enum {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub(crate) enum $name {
            $(#[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// The value on the wire.
            #[allow(dead_code, reason = "not every enum is written as text by hand")]
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

pub(crate) use string_enum;
