//! Classifies hosts by name: AWS, this machine, or elsewhere.

use std::net::IpAddr;

/// The domains of AWS's partitions, including dual-stack ones.
const AWS_DOMAINS: &[&str] = &[
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "api.aws",
    "api.amazonwebservices.com.cn",
    "api.amazonwebservices.eu",
    "c2s.ic.gov",
    "api.aws.ic.gov",
    "sc2s.sgov.gov",
    "api.aws.scloud",
    "cloud.adc-e.uk",
    "api.cloud-aws.adc-e.uk",
    "csp.hci.ic.gov",
    "api.aws.hci.ic.gov",
];

/// Region prefixes of the partitions other than `aws` and `aws-us-gov`, and their domains.
const PARTITIONS: &[(&str, &str)] = &[
    ("cn-", "amazonaws.com.cn"),
    ("eusc-", "amazonaws.eu"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("us-isof-", "csp.hci.ic.gov"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// A host in one of AWS's own domains.
    Aws,
    Loopback,
    Elsewhere,
}

impl Site {
    /// Classifies a host by its name alone.
    pub fn from_host(host: &str) -> Self {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let is_within = |domain: &str| {
            host.strip_suffix(domain).is_some_and(|before| before.ends_with('.') && before.len() > 1)
        };
        if is_loopback(&host) {
            Self::Loopback
        } else if AWS_DOMAINS.iter().any(|domain| is_within(domain)) {
            Self::Aws
        } else {
            Self::Elsewhere
        }
    }
}

/// Whether a host is this machine, so that no traffic leaves it.
pub(in crate::aws) fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_ascii_lowercase();
    let is_this_machine = |address: IpAddr| {
        let address = address.to_canonical();
        address.is_loopback() || address.is_unspecified()
    };
    host == "localhost" || host.ends_with(".localhost") || host.parse().is_ok_and(is_this_machine)
}

/// Returns the host of an authority, without its port.
pub(in crate::aws) fn strip_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => host,
        _ => authority,
    }
}

/// Returns the domain of a region's partition.
pub(in crate::aws) fn dns_suffix(region: &str) -> &'static str {
    let partition = PARTITIONS.iter().find(|(start, _)| region.starts_with(start));
    partition.map_or("amazonaws.com", |(_, domain)| domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_in_aws_domains_are_aws() {
        for (host, site) in [
            ("apigateway.eu-west-1.amazonaws.com", Site::Aws),
            ("APIGATEWAY.EU-WEST-1.AMAZONAWS.COM.", Site::Aws),
            ("vpce-0a-1b.apigateway.eu-west-1.vpce.amazonaws.com", Site::Aws),
            ("dynamodb.cn-north-1.amazonaws.com.cn", Site::Aws),
            ("dynamodb.us-east-1.api.aws", Site::Aws),
            ("apigateway.us-iso-east-1.c2s.ic.gov", Site::Aws),
            ("apigateway.us-isob-east-1.sc2s.sgov.gov", Site::Aws),
            ("amazonaws.com", Site::Elsewhere),
            (".amazonaws.com", Site::Elsewhere),
            ("evilamazonaws.com", Site::Elsewhere),
            ("amazonaws.com.evil.example", Site::Elsewhere),
            ("localhost.localstack.cloud", Site::Elsewhere),
            ("localstack", Site::Elsewhere),
            ("10.0.0.1", Site::Elsewhere),
            ("localhost", Site::Loopback),
            ("LocalHost.", Site::Loopback),
            ("api.localhost", Site::Loopback),
            ("localhost.evil.example", Site::Elsewhere),
            ("127.8.8.8", Site::Loopback),
            ("0.0.0.0", Site::Loopback),
            ("[::1]", Site::Loopback),
            ("[::ffff:127.0.0.1]", Site::Loopback),
        ] {
            assert_eq!(Site::from_host(host), site, "{host}");
        }
    }

    #[test]
    fn regions_map_to_partition_domains() {
        for (region, domain) in [
            ("eu-west-1", "amazonaws.com"),
            ("us-gov-west-1", "amazonaws.com"),
            ("cn-north-1", "amazonaws.com.cn"),
            ("us-iso-east-1", "c2s.ic.gov"),
            ("us-isob-east-1", "sc2s.sgov.gov"),
            ("us-isof-south-1", "csp.hci.ic.gov"),
            ("eu-isoe-west-1", "cloud.adc-e.uk"),
            ("eusc-de-east-1", "amazonaws.eu"),
        ] {
            assert_eq!(dns_suffix(region), domain, "{region}");
        }
    }

    #[test]
    fn strip_port_keeps_ipv6_brackets() {
        for (authority, host) in [
            ("a.example:80", "a.example"),
            ("a.example", "a.example"),
            ("[::1]:80", "[::1]"),
            ("[::1]", "[::1]"),
        ] {
            assert_eq!(strip_port(authority), host);
        }
    }
}
