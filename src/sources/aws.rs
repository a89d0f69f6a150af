//! AWS, by its documentation: each question is signed (Signature Version 4) with credentials from where the tools of AWS
//! look for them: the environment, a profile, single sign-on, a web identity, a program, the container, the instance.

use super::command;
use super::http::{Asking, Endpoint, SourceError};
use crate::config::{Access, ConfigError};
use crate::net;
use bytes::{Bytes, BytesMut};
use reqsign_aws_v4::{Credential, DefaultCredentialProvider, RequestSigner};
use reqsign_core::hash::hex_sha256;
use reqsign_core::{
    CommandExecute, CommandOutput, Context, Env, Error, ErrorKind, FileRead, HttpSend, Signer,
};
use serde_json::Value;
use std::time::Duration;

/// Bytes of what gives credentials, at most.
const LARGEST: usize = 1 << 20;
/// How long whoever gives credentials on this machine or near it may take; elsewhere nobody answers there.
const NEAR: Duration = Duration::from_secs(2);
/// How long a program or a service that gives credentials may take.
const FAR: Duration = Duration::from_secs(10);

/// A service of AWS in one region.
pub(super) struct Aws {
    pub name: String,
    pub region: String,
    endpoint: Endpoint,
    signer: Signer<Credential>,
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
        let mut chain = DefaultCredentialProvider::builder();
        if !settings.profile.is_empty() {
            chain = chain.with_profile(settings.profile).no_env();
        }
        let context = Context::new()
            .with_env(env)
            .with_file_read(Here)
            .with_command_execute(Here)
            .with_http_send(Here);
        let signer = RequestSigner::new(service.name, &region);
        Ok(Self {
            name: name.into(),
            region,
            endpoint,
            signer: Signer::new(context, chain.build(), signer),
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
            .header("x-amz-content-sha256", hex_sha256(body.as_bytes()))
            .body(());
        let request = request.map_err(|_| self.foreign())?;
        let (mut parts, ()) = request.into_parts();
        let signed = self.signer.sign(&mut parts, None).await;
        signed.map_err(|e| self.without_credentials(&e))?;
        self.endpoint.post_signed(parts.headers, body, read).await
    }

    /// Why nothing could be signed. What the library says may hold what a server or a file said, so it is not passed on.
    fn without_credentials(&self, error: &Error) -> SourceError {
        let name = &self.name;
        SourceError(match error.kind() {
            ErrorKind::PermissionDenied => {
                format!("{name} is not given credentials of AWS: whoever gives them refuses.")
            }
            ErrorKind::ConfigInvalid => format!(
                "{name} cannot read its profile of AWS; see ~/.aws/config and ~/.aws/credentials."
            ),
            _ => format!(
                "{name} has no valid credentials of AWS; none are in the environment, a profile, the container or the instance (aws sts get-caller-identity tells)."
            ),
        })
    }
}

/// Where the services of a region are.
fn domain(region: &str) -> &'static str {
    match region.starts_with("cn-") {
        true => "amazonaws.com.cn",
        false => "amazonaws.com",
    }
}

/// This machine, which credentials are looked for on.
#[derive(Debug)]
struct Here;

fn fault(what: &'static str) -> Error {
    Error::unexpected(what)
}

impl FileRead for Here {
    async fn file_read(&self, path: &str) -> reqsign_core::Result<Vec<u8>> {
        let path = path.to_owned();
        let read = move || {
            let size = std::fs::metadata(&path)?.len();
            match size <= LARGEST as u64 {
                true => std::fs::read(&path),
                false => Err(std::io::ErrorKind::FileTooLarge.into()),
            }
        };
        let read = tokio::task::spawn_blocking(read).await;
        let read = read.map_err(|_| fault("the file was not read"))?;
        read.map_err(|e| fault("the file cannot be read").with_source(e))
    }
}

impl CommandExecute for Here {
    async fn command_execute(
        &self,
        program: &str,
        arguments: &[&str],
    ) -> reqsign_core::Result<CommandOutput> {
        let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
        let printed = command::run_in_full(program, &arguments, FAR).await;
        let printed = printed.map_err(|_| fault("the program gave nothing"))?;
        Ok(CommandOutput {
            status: printed.status.code().unwrap_or(1),
            stdout: printed.output.into_bytes(),
            stderr: printed.errors.into_bytes(),
        })
    }
}

impl HttpSend for Here {
    async fn http_send(
        &self,
        request: http::Request<Bytes>,
    ) -> reqsign_core::Result<http::Response<Bytes>> {
        let broken = |_| fault("whoever gives credentials cannot be asked");
        let url: url::Url = request
            .uri()
            .to_string()
            .parse()
            .map_err(|_| fault("no address"))?;
        let client = match is_near(&url) {
            true => net::client(&url, NEAR, NEAR).no_proxy(),
            false => net::client(&url, FAR, FAR),
        };
        let request = reqwest::Request::try_from(request).map_err(broken)?;
        let client = client.build().map_err(broken)?;
        let mut answer = client.execute(request).await.map_err(broken)?;
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(broken)? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST {
                return Err(fault("more than credentials are"));
            }
        }
        let mut told = http::Response::new(body.freeze());
        *told.status_mut() = answer.status();
        *told.headers_mut() = answer.headers().clone();
        told.headers_mut().remove(http::header::SET_COOKIE);
        Ok(told)
    }
}

/// Addresses that never leave the machine or its host: no proxy knows them.
fn is_near(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_link_local() || ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback() || ip.segments()[0] == 0xfd00,
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
