//! Custom domain names and their base path mappings: one call lists the domains, one more per domain its
//! mappings.

use aws_sdk_apigateway::types::BasePathMapping;
use keypool_domain::StageRef;

use super::PAGE_SIZE;
use crate::aws::failure::Service;
use crate::aws::pages::Pages;
use crate::aws::{Aws, Failure, Site};

/// The base path of the mapping that has none.
const NO_BASE_PATH: &str = "(none)";

/// The part of a custom domain that serves an API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DomainMapping {
    pub(crate) domain: String,
    /// Empty if the whole domain serves the API.
    base_path: String,
    pub(crate) api: String,
    /// `None` if callers name the stage after the base path.
    stage: Option<String>,
}

impl DomainMapping {
    /// `None` if the mapping names no API.
    fn from_sdk(domain: &str, mapping: BasePathMapping) -> Option<Self> {
        Some(Self {
            domain: domain.to_owned(),
            base_path: mapping.base_path.filter(|path| path != NO_BASE_PATH).unwrap_or_default(),
            api: mapping.rest_api_id?,
            stage: mapping.stage.filter(|stage| !stage.is_empty()),
        })
    }

    /// Whether the mapping serves a stage.
    fn serves(&self, stage: &StageRef) -> bool {
        self.api == stage.api && self.stage.as_ref().is_none_or(|mapped| *mapped == stage.stage)
    }
}

impl Aws {
    /// Returns what the custom domains of the account and region serve.
    pub(crate) async fn domain_mappings(&self) -> Result<Vec<DomainMapping>, Failure> {
        let call = self.call(Service::ApiGateway, "GetDomainNames", "the list of domain names");
        let request = self.shared.gateway.get_domain_names().limit(PAGE_SIZE);
        let (mut domains, mut pages) = (Vec::new(), Pages::of_list());
        loop {
            let page = request.clone().set_position(pages.token()).send().await;
            let page = page.map_err(|error| call.failure(error))?;
            domains
                .extend(page.items.unwrap_or_default().into_iter().filter_map(|domain| domain.domain_name));
            if !pages.turn_page(&call, page.position)? {
                break;
            }
        }
        let mut mappings = Vec::new();
        for domain in domains {
            mappings.extend(self.mappings_of_domain(&domain).await?);
        }
        Ok(mappings)
    }

    async fn mappings_of_domain(&self, domain: &str) -> Result<Vec<DomainMapping>, Failure> {
        let call = self.call(Service::ApiGateway, "GetBasePathMappings", format!("domain name {domain}"));
        let request = self.shared.gateway.get_base_path_mappings().domain_name(domain).limit(PAGE_SIZE);
        let (mut mappings, mut pages) = (Vec::new(), Pages::of_list());
        loop {
            let page = request.clone().set_position(pages.token()).send().await;
            let page = page.map_err(|error| call.failure(error))?;
            let items = page.items.unwrap_or_default().into_iter();
            mappings.extend(items.filter_map(|mapping| DomainMapping::from_sdk(domain, mapping)));
            if !pages.turn_page(&call, page.position)? {
                return Ok(mappings);
            }
        }
    }

    /// Returns the address of a stage at a custom domain: AWS's own, or the one that the local AWS serves.
    pub(crate) fn domain_url(&self, mappings: &[DomainMapping], stage: &StageRef) -> Option<String> {
        let mapping = mappings.iter().find(|mapping| mapping.serves(stage))?;
        let endpoint = &self.context().endpoints.api_gateway;
        let mut url = match &endpoint.url {
            Some(url) if endpoint.site != Site::Aws => {
                format!("{}/_aws/domain-names/{}", url.trim_end_matches('/'), mapping.domain)
            }
            _ => format!("https://{}", mapping.domain),
        };
        let parts =
            [Some(mapping.base_path.as_str()), mapping.stage.is_none().then_some(stage.stage.as_str())];
        for part in parts.into_iter().flatten().filter(|part| !part.is_empty()) {
            url = format!("{url}/{part}");
        }
        Some(url)
    }
}
