//! What is called in a test, and how often.

use keypool_domain::StageRef;

use crate::ops::{CallRequest, Route};

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CallTarget {
    pub(crate) stage: StageRef,
    pub(crate) request: CallRequest,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CallSeries {
    pub(crate) count: u32,
    /// Calls per second; `None` starts each call after the previous response.
    pub(crate) rate: Option<f64>,
}

impl CallSeries {
    pub(crate) const ONE: Self = Self { count: 1, rate: None };
}

impl CallTarget {
    pub(crate) fn from_route(route: &Route) -> Self {
        let request = CallRequest {
            invoke_url: route.invoke_url.clone(),
            method: route.method.clone(),
            path: route.path.clone(),
            ..CallRequest::default()
        };
        Self { stage: route.stage.clone(), request }
    }

    /// Returns the target for another route, with the same headers and body.
    pub(crate) fn with_route(&self, route: &Route) -> Self {
        let unedited = Self::from_route(route);
        let request = CallRequest {
            headers: self.request.headers.clone(),
            body: self.request.body.clone(),
            ..unedited.request
        };
        Self { stage: unedited.stage, request }
    }
}
