//! What stores say when they refuse, and what to do about it: they say one thing by many statuses and codes.

use object_store::Error as StoreError;

/// What stores say when there is no room, by whatever status they say it.
const FULL: [&str; 6] = [
    "QuotaExceeded",
    "InsufficientStorage",
    "XMinioStorageFull",
    "XMinioAdminBucketQuotaExceeded",
    "StorageFull",
    "ServerOutOfCapacity",
];
/// What stores say to somebody who is in the wrong region.
const ELSEWHERE: [&str; 3] = [
    "AuthorizationHeaderMalformed",
    "PermanentRedirect",
    "IllegalLocationConstraintException",
];

/// Returns the code of a refusal, which the client reports as a general failure for listings.
pub(crate) fn refusal(error: &StoreError) -> Option<String> {
    let refused = matches!(
        error,
        StoreError::PermissionDenied { .. } | StoreError::Unauthenticated { .. }
    );
    let text = error.to_string();
    let code = code_in(&text);
    let is_final = code.is_some_and(|code| FULL.contains(&code) || ELSEWHERE.contains(&code));
    if text.contains("507 Insufficient Storage") && !is_final {
        return Some(FULL[1].to_owned());
    }
    if text.contains("incorrectly configured region") {
        return Some(ELSEWHERE[1].to_owned());
    }
    let refused = refused || is_final || text.contains("403 Forbidden");
    refused.then(|| code.unwrap_or("no permission").to_owned())
}

/// Returns the code in a store's answer.
pub(crate) fn code_in(answer: &str) -> Option<&str> {
    let (_, rest) = answer.split_once("<Code>")?;
    rest.split_once("</Code>").map(|(code, _)| code)
}

pub(crate) fn refusal_remedy(code: &str) -> &'static str {
    match code {
        "InvalidAccessKeyId" | "SignatureDoesNotMatch" => {
            "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        }
        "ExpiredToken" | "InvalidToken" => {
            "renew AWS_SESSION_TOKEN, with the AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY that belong to it"
        }
        "RequestTimeTooSkewed" => "set the clock of this machine",
        code if FULL.contains(&code) => {
            "free space in the store, or raise the quota of the bucket or of the account"
        }
        code if ELSEWHERE.contains(&code) => "set AWS_REGION to the region of the bucket",
        _ => {
            "let AWS_ACCESS_KEY_ID list, read, write and delete in the bucket, and use the keys of its encryption"
        }
    }
}

/// Returns whether the client was looking for credentials at the address where clouds hand them out.
pub(crate) fn lacks_credentials(error: &StoreError) -> bool {
    let text = error.to_string();
    ["/latest/api/token", "/latest/meta-data"]
        .iter()
        .any(|place| text.contains(place))
}

#[cfg(test)]
mod tests {
    use std::io;

    use gc_core::{Class, Classify as _};

    use super::*;
    use crate::Error;

    fn is_operator(class: &Class, word: &str) -> bool {
        matches!(class, Class::Operator { remedy } if remedy.contains(word))
    }

    #[test]
    fn refused_key_asks_for_the_key_and_unreachable_for_patience() {
        let path = object_store::path::Path::from("x");
        let answer =
            "403 Forbidden: <Code>SignatureDoesNotMatch</Code><StringToSign>AWS4</StringToSign>";
        let refused = StoreError::PermissionDenied {
            path: "x".into(),
            source: answer.into(),
        };
        let error = Error::store("read", &path)(refused);
        assert!(is_operator(&error.class(), "AWS_ACCESS_KEY_ID"));
        assert_eq!(
            gc_core::describe(&error),
            "read x: the store refused (SignatureDoesNotMatch)"
        );
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        let unreachable = StoreError::Generic {
            store: "S3",
            source: Box::new(reset),
        };
        assert_eq!(
            Error::store("read", &path)(unreachable).class(),
            Class::TRANSIENT
        );
    }

    #[test]
    fn store_without_room_asks_for_room_by_whatever_status_it_says_so() {
        let path = object_store::path::Path::from("x");
        for answer in [
            "507 Insufficient Storage: ",
            "507 Insufficient Storage: <Error><Code>XMinioStorageFull</Code></Error>",
            "400 Bad Request: <Error><Code>XMinioAdminBucketQuotaExceeded</Code></Error>",
            "403 Forbidden: <Error><Code>QuotaExceeded</Code></Error>",
        ] {
            let full = StoreError::Generic {
                store: "S3",
                source: answer.into(),
            };
            let class = Error::store("write", &path)(full).class();
            assert!(is_operator(&class, "quota"), "{answer}: {class:?}");
        }
    }

    #[test]
    fn bucket_of_another_region_asks_for_the_region() {
        let path = object_store::path::Path::from("x");
        for answer in [
            "Received redirect without LOCATION, this normally indicates an incorrectly configured region",
            "400 Bad Request: <Error><Code>AuthorizationHeaderMalformed</Code></Error>",
        ] {
            let elsewhere = StoreError::Generic {
                store: "S3",
                source: answer.into(),
            };
            let class = Error::store("read", &path)(elsewhere).class();
            assert!(is_operator(&class, "AWS_REGION"), "{answer}: {class:?}");
        }
    }
}
