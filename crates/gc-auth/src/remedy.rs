//! What a person can do about an error, in one place.

use crate::{Error, Region};

/// Returns the remedy as a sentence; none when it is no person's matter.
pub(crate) fn of(error: &Error) -> Option<String> {
    let remedy = match error {
        Error::Missing { names } => return Some(missing(names)),
        Error::Region { .. } => return Some(region()),
        Error::Forbidden {
            operation,
            permission,
            ..
        } => {
            return Some(forbidden(operation, permission.as_deref()));
        }
        Error::Token { source } => return source.remedy(),
        Error::Url { .. } => "correct the variable, or remove it to use the region's own host",
        Error::PlainHttp { .. } => "use https; plain http is accepted for loopback alone",
        Error::CaFile { .. } => {
            "name a readable file with certificates in PEM form (-----BEGIN CERTIFICATE-----)"
        }
        Error::Setup { .. } => "install the system's certificates, or name some with --ca-file",
        Error::Credentials { .. } => CREDENTIALS,
        Error::NoToken { .. } => {
            "check GENESYS_CLOUD_REGION and GENESYS_CLOUD_LOGIN_URL: something else answers there"
        }
        Error::TokenRefused { .. } => {
            "check that GENESYS_CLOUD_API_URL and GENESYS_CLOUD_LOGIN_URL belong to one region, \
             and that the OAuth client is active"
        }
        Error::NotFound { .. } => {
            "check GENESYS_CLOUD_API_URL; what was asked for may also have expired"
        }
        Error::Conflict { .. } => {
            "see whether another program works on the same thing, then run again"
        }
        Error::Unexpected { .. } => {
            "check GENESYS_CLOUD_REGION and GENESYS_CLOUD_API_URL: something else may answer there"
        }
        Error::RateLimited { .. } => {
            "run again later, and see what else uses this OAuth client; it may be a daily limit"
        }
        Error::Server { .. } => "run again later; quote the context id when you ask for support",
        Error::Connect { .. } => {
            "check the network, GENESYS_CLOUD_REGION and GENESYS_CLOUD_API_URL; \
             behind a proxy, set HTTPS_PROXY"
        }
        Error::Certificate { .. } => {
            "name the certificate of the authority that signed it with --ca-file"
        }
        Error::Proxy { .. } => "check HTTPS_PROXY and NO_PROXY, and that the proxy allows the host",
        Error::ProxyCredentials { .. } => {
            "set HTTPS_PROXY with credentials: http://user:password@proxy:port"
        }
        Error::Timeout { .. } | Error::Cut { .. } => "check the network, then run again",
        Error::BodyTooLarge { .. } => "ask for smaller pages",
        Error::Build { .. }
        | Error::Rejected { .. }
        | Error::RequestTooLarge { .. }
        | Error::Json { .. } => return None,
    };
    Some(remedy.to_owned())
}

/// A client of another region is an unknown client, so the region is as likely a cause as the id.
const CREDENTIALS: &str = "check GENESYS_CLOUD_CLIENT_ID and GENESYS_CLOUD_CLIENT_SECRET, and that \
                           GENESYS_CLOUD_REGION is the region the OAuth client was made in";

fn missing(names: &[&str]) -> String {
    format!(
        "set {} in the environment or in a .env file",
        names.join(", ")
    )
}

fn region() -> String {
    format!(
        "use a domain such as mypurecloud.de, or one of {}",
        Region::known()
    )
}

fn forbidden(operation: &str, permission: Option<&str>) -> String {
    let needed = permission.map_or_else(
        || format!("the permission that {operation} needs"),
        |permission| format!("the permission {permission}"),
    );
    format!("give the role of the OAuth client {needed}, in the divisions to export")
}
