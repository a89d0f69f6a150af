//! AWS, by its documentation: each question is signed (Signature Version 4) with credentials from where the tools of AWS
//! look for them: the environment, a profile, single sign-on, a web identity, a program, the container, the instance.

#[cfg(feature = "cloudwatch")]
mod signing;
#[cfg(not(feature = "cloudwatch"))]
#[path = "aws/unsigned.rs"]
mod signing;

pub(super) use signing::{Env, OsEnv};

use super::http::{Asking, Endpoint, SourceError};
use crate::config::{Access, ConfigError};
use crate::domain::sha256;
use crate::net;
use serde_json::Value;
use signing::Signing;

/// A service of AWS in one region.
pub(super) struct Aws {
    pub name: String,
    pub region: String,
    endpoint: Endpoint,
    signing: Signing,
}

/// What a source's settings say of it.
pub(super) struct Settings<'a> {
    pub name: &'a str,
    pub url: &'a str,
    pub region: &'a str,
    pub profile: &'a str,
    pub access: &'a Access,
}

/// How a service is asked: its name in signatures, what its operations are called, and which JSON it speaks.
#[derive(Clone, Copy)]
pub(super) struct Service {
    pub name: &'static str,
    pub target: &'static str,
    pub version: &'static str,
}

impl Aws {
    /// Sets up; nothing is asked.
    pub fn open(
        settings: &Settings<'_>,
        service: Service,
        asking: &Asking,
        env: impl Env,
    ) -> Result<Self, ConfigError> {
        let name = settings.name;
        let wrong = |what: &str| ConfigError(format!("The source \"{name}\": {what}"));
        let known = ["AWS_REGION", "AWS_DEFAULT_REGION"];
        let known = || known.iter().find_map(|name| env.var(name));
        let own = Some(settings.region.to_owned()).filter(|r| !r.is_empty());
        let region = own.or_else(known);
        let region = region
            .ok_or_else(|| wrong("AWS is asked in a region, such as region = \"eu-west-1\"."))?;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if !region.chars().all(plain) {
            return Err(wrong("region is a name such as eu-west-1."));
        }
        let url = match settings.url {
            "" => format!("https://{}.{region}.{}", service.name, domain(&region)),
            own => own.to_owned(),
        };
        let endpoint = Endpoint::open(name, &url, settings.access, asking)?;
        if net::is_readable(endpoint.base()) {
            return Err(wrong(
                "AWS is not asked over plain http, where everybody on the way can read it; use https.",
            ));
        }
        let signing = Signing::open(name, (service.name, &region), settings.profile, env)?;
        Ok(Self {
            name: name.into(),
            region,
            endpoint,
            signing,
        })
    }

    pub fn foreign(&self) -> SourceError {
        SourceError(format!("{} does not answer as AWS does.", self.name))
    }

    /// Asks for one operation.
    pub async fn ask<T>(
        &self,
        service: Service,
        operation: &str,
        body: &Value,
        read: impl FnOnce(&Value) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let body = body.to_string();
        let request = http::Request::post(self.endpoint.base().as_str())
            .header(
                "content-type",
                format!("application/x-amz-json-{}", service.version),
            )
            .header("x-amz-target", format!("{}.{operation}", service.target))
            .header("x-amz-content-sha256", sha256(body.as_bytes()))
            .body(());
        let request = request.map_err(|_| self.foreign())?;
        let (mut parts, ()) = request.into_parts();
        self.signing.sign(&self.name, &mut parts).await?;
        self.endpoint.post_signed(parts.headers, body, read).await
    }
}

/// Where the services of a region are.
fn domain(region: &str) -> &'static str {
    match region.starts_with("cn-") {
        true => "amazonaws.com.cn",
        false => "amazonaws.com",
    }
}
