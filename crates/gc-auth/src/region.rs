//! Which Genesys Cloud region an organisation lives in.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// AWS region names and the domains that belong to them.
///
/// The list grows: [`Region`] takes any other domain as it is.
///
/// Source: official Python SDK 269.0.0, `purecloud_region_hosts.py`.
const REGIONS: [(&str, &str); 18] = [
    ("us-east-1", "mypurecloud.com"),
    ("us-east-2", "use2.us-gov-pure.cloud"),
    ("us-west-2", "usw2.pure.cloud"),
    ("ca-central-1", "cac1.pure.cloud"),
    ("sa-east-1", "sae1.pure.cloud"),
    ("mx-central-1", "mxc1.pure.cloud"),
    ("eu-west-1", "mypurecloud.ie"),
    ("eu-west-2", "euw2.pure.cloud"),
    ("eu-central-1", "mypurecloud.de"),
    ("eu-central-2", "euc2.pure.cloud"),
    ("eusc-de-east-1", "edee1.eusc-pure.cloud"),
    ("me-central-1", "mec1.pure.cloud"),
    ("ap-south-1", "aps1.pure.cloud"),
    ("ap-southeast-1", "apse1.pure.cloud"),
    ("ap-southeast-2", "mypurecloud.com.au"),
    ("ap-northeast-1", "mypurecloud.jp"),
    ("ap-northeast-2", "apne2.pure.cloud"),
    ("ap-northeast-3", "apne3.pure.cloud"),
];

/// A Genesys Cloud region, known by its domain.
///
/// Read from the name of an AWS region, from a domain, or from one of the region's host names or
/// addresses, in any case:
///
/// ```
/// use gc_auth::Region;
///
/// for text in ["eu-central-1", "mypurecloud.de", "https://api.mypurecloud.de/"] {
///     assert_eq!(text.parse::<Region>()?.domain(), "mypurecloud.de");
/// }
/// # Ok::<(), gc_auth::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Region(String);

impl Region {
    /// Returns the domain, without `api.` or `login.`.
    pub fn domain(&self) -> &str {
        &self.0
    }

    /// Returns the names of the known AWS regions, separated by commas.
    pub(crate) fn known() -> String {
        REGIONS.map(|(name, _)| name).join(", ")
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Region {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let name = text.trim().to_ascii_lowercase();
        if let Some((_, domain)) = REGIONS.iter().find(|(region, _)| *region == name) {
            return Ok(Self((*domain).to_owned()));
        }
        let host = name
            .strip_prefix("https://")
            .unwrap_or(&name)
            .trim_end_matches('/');
        let domain = ["api.", "login.", "apps."]
            .iter()
            .find_map(|prefix| host.strip_prefix(prefix))
            .unwrap_or(host);
        if is_domain(domain) {
            Ok(Self(domain.to_owned()))
        } else {
            Err(Error::Region {
                region: crate::text::bounded(text),
            })
        }
    }
}

/// Returns whether `text` is two or more labels of letters, digits and inner hyphens.
fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        let plain = label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        plain && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
    };
    text.contains('.') && text.len() <= 253 && text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_domains_and_hosts_are_regions() {
        for text in [
            "eu-central-1",
            " EU-Central-1\n",
            "mypurecloud.de",
            "api.mypurecloud.de",
            "login.mypurecloud.de",
            "https://api.mypurecloud.de",
            "https://apps.mypurecloud.de/",
        ] {
            assert_eq!(
                text.parse::<Region>().unwrap().domain(),
                "mypurecloud.de",
                "{text}"
            );
        }
        assert_eq!(
            "new1.pure.cloud".parse::<Region>().unwrap().domain(),
            "new1.pure.cloud"
        );
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "eu-central-9",
            "mypurecloud",
            "a..b",
            "-a.b",
            "a.b/c",
            "user@a.b",
            "a.b:80",
        ] {
            assert!(text.parse::<Region>().is_err(), "{text}");
        }
    }
}
