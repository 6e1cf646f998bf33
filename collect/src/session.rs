//! Whose credentials a call is made with.

use std::time::{Duration, SystemTime};

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use crate::call::Unread;

/// Where nothing names a Region: IAM and Organizations are signed for this one in the partition `aws`.
const REGION: &str = "us-east-1";
/// Calls that AWS throttles are made again, with pauses that grow, up to so many times.
const ATTEMPTS: u32 = 10;
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
const CONNECT: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_mins(1);

/// How AWS is reached.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reach {
    /// A profile of the configuration of the AWS CLI.
    pub(crate) profile: Option<String>,
    /// Another server in place of AWS.
    pub(crate) endpoint_url: Option<String>,
    /// Asked for by the trust policies of member roles.
    pub(crate) external_id: Option<String>,
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) arn: String,
    pub(crate) account: String,
    pub(crate) partition: String,
}

/// The user's own credentials, as the AWS CLI finds them.
pub(crate) async fn own(reach: &Reach) -> SdkConfig {
    let client = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let retries = RetryConfig::standard().with_max_attempts(ATTEMPTS).with_max_backoff(LONGEST_PAUSE);
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(ANSWER).build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(client)
        .retry_config(retries)
        .timeout_config(timeouts);
    if let Some(profile) = &reach.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &reach.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    let config = loader.load().await;
    if config.region().is_some() { config } else { in_region(&config, REGION) }
}

/// The same in another Region.
pub(crate) fn in_region(config: &SdkConfig, region: &str) -> SdkConfig {
    config.to_builder().region(Region::new(region.to_owned())).build()
}

/// The same as a session of the role with this ARN.
pub(crate) async fn assumed(config: &SdkConfig, arn: &str, reach: &Reach) -> Result<SdkConfig, Unread> {
    const ACTION: &str = "sts:AssumeRole";
    let answer = aws_sdk_sts::Client::new(config)
        .assume_role()
        .role_arn(arn)
        .role_session_name("ringfence-collect")
        .set_external_id(reach.external_id.clone())
        .send()
        .await
        .map_err(|error| Unread::of(ACTION, &error))?;
    let given = answer.credentials().ok_or_else(|| Unread::lacks(ACTION, "Credentials"))?;
    let credentials = Credentials::new(
        given.access_key_id(),
        given.secret_access_key(),
        Some(given.session_token().to_owned()),
        SystemTime::try_from(*given.expiration()).ok(),
        "ringfence-collect",
    );
    Ok(config.to_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build())
}

/// Who the credentials are of.
pub(crate) async fn caller(config: &SdkConfig) -> Result<Caller, Unread> {
    const ACTION: &str = "sts:GetCallerIdentity";
    let answer = aws_sdk_sts::Client::new(config)
        .get_caller_identity()
        .send()
        .await
        .map_err(|error| Unread::of(ACTION, &error))?;
    let arn = answer.arn().ok_or_else(|| Unread::lacks(ACTION, "Arn"))?.to_owned();
    let account = answer.account().ok_or_else(|| Unread::lacks(ACTION, "Account"))?.to_owned();
    let partition = arn.split(':').nth(1).unwrap_or("aws").to_owned();
    Ok(Caller { arn, account, partition })
}
