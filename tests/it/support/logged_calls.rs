//! Calls of the sample API by tenants that share an API key, as access logs record them.

use std::net::TcpStream;

use super::http_pipeline::send_pipelined;

/// The pool key of BasicPlan that globex, hooli and wayne share.
pub(crate) const SHARED_KEY: &str = "5v2seh60kv";
/// The log group of the tests.
pub(crate) const GROUP: &str = "/aws/apigateway/calls";
pub(crate) const GROUP_ARN: &str = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/apigateway/calls";

/// Calls the sample API with the value of an API key, this many times for each tenant, in turns. Returns the statuses.
pub(crate) fn call_as<'a>(
    endpoint: &str,
    value: &str,
    calls: impl IntoIterator<Item = (&'a str, usize)>,
) -> Vec<u16> {
    let host = endpoint.strip_prefix("http://").expect("an http endpoint");
    let request = |tenant: &str| {
        format!(
            "GET /_aws/execute-api/w4k8t2m7xq/prod/api HTTP/1.1\r\nHost: {host}\r\nx-api-key: {value}\r\n\
             x-tenant-id: {tenant}\r\n\r\n"
        )
    };
    let requests = calls.into_iter().flat_map(|(tenant, count)| std::iter::repeat_n(request(tenant), count));
    send_pipelined(&TcpStream::connect(host).expect("a connection"), &requests.collect::<Vec<_>>())
}
