//! Retry rules beyond the SDK's standard mode, for behaviour of API Gateway and of DynamoDB
//! transactions.

use std::time::Duration;

use aws_sdk_apigateway::operation::create_usage_plan_key::CreateUsagePlanKeyError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority, RetryReason,
};
use aws_smithy_types::retry::RetryConfig;

use super::endpoint::ConfigSources;
use super::tables::CancellationReasons;
use super::{Failure, Retries};

/// The longest `Retry-After` that is respected.
pub(super) const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);

/// Attempts per call, unless configured.
const DEFAULT_MAX_ATTEMPTS: u32 = 5;

/// How often failed calls are repeated.
#[derive(Debug)]
pub(super) struct RetrySettings {
    pub(super) config: RetryConfig,
    /// Whether calls that AWS refuses because of their rate are repeated until it accepts them. A configured number of
    /// attempts includes them.
    pub(super) is_patient: bool,
}

pub(super) fn default_settings(retries: Retries) -> RetrySettings {
    match retries {
        Retries::Standard => RetrySettings {
            config: RetryConfig::standard().with_max_attempts(DEFAULT_MAX_ATTEMPTS),
            is_patient: true,
        },
        Retries::Off => RetrySettings { config: RetryConfig::disabled(), is_patient: false },
    }
}

/// Reads the retry mode and attempts from variables and the profile. The default is five attempts
/// in standard mode.
pub(super) fn load_settings(retries: Retries, sources: &ConfigSources<'_>) -> Result<RetrySettings, Failure> {
    if retries == Retries::Off {
        return Ok(default_settings(retries));
    }
    let setting = |variable: &str, key: &str| match sources.variable(variable) {
        Some(text) => Some((text, variable.to_owned())),
        None => {
            sources.profile_setting(key).map(|text| (text.to_owned(), sources.describe_profile_setting(key)))
        }
    };
    let mode = match setting("AWS_RETRY_MODE", "retry_mode") {
        None => RetryConfig::standard(),
        Some((text, origin)) => match text.trim().to_ascii_lowercase().as_str() {
            // The SDK for Rust has no legacy mode, so standard mode replaces it, as in other SDKs
            // without it.
            "standard" | "legacy" => RetryConfig::standard(),
            "adaptive" => RetryConfig::adaptive(),
            _ => {
                return Err(Failure::Setting(format!(
                    "{origin}: `{}` is not a retry mode: use standard or adaptive",
                    text.escape_debug()
                )));
            }
        },
    };
    let (attempts, is_patient) = match setting("AWS_MAX_ATTEMPTS", "max_attempts") {
        None => (DEFAULT_MAX_ATTEMPTS, true),
        Some((text, origin)) => {
            let attempts = text.trim().parse().ok().filter(|attempts| *attempts > 0).ok_or_else(|| {
                let text = text.escape_debug();
                Failure::Setting(format!("{origin}: `{text}` is not a number of attempts: use 1 or more"))
            })?;
            (attempts, false)
        }
    };
    Ok(RetrySettings { config: mode.with_max_attempts(attempts), is_patient })
}

/// Retries CreateUsagePlanKey after a conflict with concurrent changes, the only conflict that is
/// transient.
#[derive(Debug)]
pub(super) struct ConcurrentModification;

impl ClassifyRetry for ConcurrentModification {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else { return RetryAction::NoActionIndicated };
        let error = error.as_operation_error().and_then(|error| error.downcast_ref());
        match error {
            Some(CreateUsagePlanKeyError::ConflictException(conflict))
                if conflict.message().is_some_and(is_concurrent_modification) =>
            {
                RetryAction::server_error()
            }
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "concurrent modification"
    }
}

pub(super) fn is_concurrent_modification(message: &str) -> bool {
    message.contains("concurrent modification")
}

/// Retries transactions that were throttled or are still in progress. Their token prevents writing
/// twice.
#[derive(Debug)]
pub(super) struct TransientTransaction;

impl ClassifyRetry for TransientTransaction {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else { return RetryAction::NoActionIndicated };
        match error.as_operation_error().and_then(|error| error.downcast_ref()) {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled))
                if CancellationReasons::from_exception(cancelled).has_throttling() =>
            {
                RetryAction::throttling_error()
            }
            Some(TransactWriteItemsError::TransactionInProgressException(_)) => {
                RetryAction::transient_error()
            }
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "transient transaction"
    }
}

/// Waits for the seconds in API Gateway's `Retry-After` header, which the SDK does not read.
#[derive(Debug)]
pub(super) struct RetryAfter;

impl ClassifyRetry for RetryAfter {
    fn classify_retry(&self, _: &InterceptorContext) -> RetryAction {
        RetryAction::NoActionIndicated
    }

    fn classify_retry_v2(&self, context: &InterceptorContext, previous: &RetryAction) -> RetryAction {
        let RetryAction::RetryIndicated(RetryReason::RetryableError { kind, .. }) = previous else {
            return RetryAction::NoActionIndicated;
        };
        let header = context.response().and_then(|response| response.headers().get("retry-after"));
        match header.and_then(|text| text.trim().parse().ok()) {
            Some(seconds) => RetryAction::retryable_error_with_explicit_delay(
                *kind,
                Duration::from_secs(seconds).min(MAX_RETRY_AFTER),
            ),
            None => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "Retry-After"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

#[cfg(test)]
mod tests {
    use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
    use aws_smithy_types::retry::RetryMode;
    use aws_types::os_shim_internal::{Env, Fs};

    use super::*;
    use crate::aws::Target;

    async fn load_config_from(
        variables: &[(&'static str, &'static str)],
        config: &str,
    ) -> Result<(RetryMode, u32, bool), String> {
        let files = EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, config).build();
        let (fs, env) = (Fs::from_slice(&[]), Env::from_slice(&[]));
        let profiles = aws_config::profile::load(&fs, &env, &files, None).await.expect("profiles");
        let variable = |name: &str| {
            variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
        };
        let target = Target::default();
        let setting = ConfigSources { target: &target, variable: &variable, profiles: &profiles };
        let settings = load_settings(Retries::Standard, &setting).map_err(|failure| failure.to_string())?;
        Ok((settings.config.mode(), settings.config.max_attempts(), settings.is_patient))
    }

    #[tokio::test]
    async fn variables_override_the_profile_for_attempts_and_mode() {
        let profile = "[default]\nmax_attempts = 7\nretry_mode = adaptive\n";
        let load = |variables, config| load_config_from(variables, config);
        assert_eq!(load(&[], "").await, Ok((RetryMode::Standard, DEFAULT_MAX_ATTEMPTS, true)));
        assert_eq!(load(&[], profile).await, Ok((RetryMode::Adaptive, 7, false)));
        let variables = &[("AWS_MAX_ATTEMPTS", "2"), ("AWS_RETRY_MODE", "standard")];
        assert_eq!(load(variables, profile).await, Ok((RetryMode::Standard, 2, false)));
        let empty = &[("AWS_MAX_ATTEMPTS", ""), ("AWS_RETRY_MODE", " ")];
        assert_eq!(
            load(empty, profile).await,
            Ok((RetryMode::Adaptive, 7, false)),
            "empty variables count as unset"
        );
        let failure = load(&[("AWS_MAX_ATTEMPTS", "0")], "").await.expect_err("none");
        assert_eq!(failure, "AWS_MAX_ATTEMPTS: `0` is not a number of attempts: use 1 or more");
        let failure = load(&[], "[default]\nretry_mode = never\n").await.expect_err("no mode");
        assert!(failure.starts_with("retry_mode of profile default: `never`"), "{failure}");
    }
}
