//! The operations of API Gateway that are not implemented. They are known by name, so that none is taken for another.

use super::error::ApiError;
use super::request::{Input, Output};
use super::routes::{Route, route};
use crate::state::Account;

fn refuse(input: &Input<'_>, _: &mut Account) -> Result<Output, ApiError> {
    Err(ApiError::not_served(input.operation))
}

const fn not_served(operation: &'static str, method: &'static str, path: &'static str) -> Route {
    route(operation, method, path, refuse)
}

pub(super) static NOT_SERVED: &[Route] = &[
    not_served("GetClientCertificates", "GET", "clientcertificates"),
    not_served("GenerateClientCertificate", "POST", "clientcertificates"),
    not_served("DeleteClientCertificate", "DELETE", "clientcertificates/{}"),
    not_served("GetClientCertificate", "GET", "clientcertificates/{}"),
    not_served("UpdateClientCertificate", "PATCH", "clientcertificates/{}"),
    not_served("GetDomainNameAccessAssociations", "GET", "domainnameaccessassociations"),
    not_served("CreateDomainNameAccessAssociation", "POST", "domainnameaccessassociations"),
    not_served("DeleteDomainNameAccessAssociation", "DELETE", "domainnameaccessassociations/{}"),
    not_served("UpdateDomainName", "PATCH", "domainnames/{}"),
    not_served("UpdateBasePathMapping", "PATCH", "domainnames/{}/basepathmappings/{}"),
    not_served("RejectDomainNameAccessAssociation", "POST", "rejectdomainnameaccessassociations"),
    not_served("ImportRestApi", "POST", "restapis").with_mode("import"),
    not_served("PutRestApi", "PUT", "restapis/{}"),
    not_served("TestInvokeAuthorizer", "POST", "restapis/{}/authorizers/{}"),
    not_served("UpdateDeployment", "PATCH", "restapis/{}/deployments/{}"),
    not_served("GetDocumentationParts", "GET", "restapis/{}/documentation/parts"),
    not_served("CreateDocumentationPart", "POST", "restapis/{}/documentation/parts"),
    not_served("ImportDocumentationParts", "PUT", "restapis/{}/documentation/parts"),
    not_served("DeleteDocumentationPart", "DELETE", "restapis/{}/documentation/parts/{}"),
    not_served("GetDocumentationPart", "GET", "restapis/{}/documentation/parts/{}"),
    not_served("UpdateDocumentationPart", "PATCH", "restapis/{}/documentation/parts/{}"),
    not_served("GetDocumentationVersions", "GET", "restapis/{}/documentation/versions"),
    not_served("CreateDocumentationVersion", "POST", "restapis/{}/documentation/versions"),
    not_served("DeleteDocumentationVersion", "DELETE", "restapis/{}/documentation/versions/{}"),
    not_served("GetDocumentationVersion", "GET", "restapis/{}/documentation/versions/{}"),
    not_served("UpdateDocumentationVersion", "PATCH", "restapis/{}/documentation/versions/{}"),
    not_served("UpdateGatewayResponse", "PATCH", "restapis/{}/gatewayresponses/{}"),
    not_served("GetModels", "GET", "restapis/{}/models"),
    not_served("CreateModel", "POST", "restapis/{}/models"),
    not_served("DeleteModel", "DELETE", "restapis/{}/models/{}"),
    not_served("GetModel", "GET", "restapis/{}/models/{}"),
    not_served("UpdateModel", "PATCH", "restapis/{}/models/{}"),
    not_served("GetModelTemplate", "GET", "restapis/{}/models/{}/default_template"),
    not_served("GetRequestValidators", "GET", "restapis/{}/requestvalidators"),
    not_served("CreateRequestValidator", "POST", "restapis/{}/requestvalidators"),
    not_served("DeleteRequestValidator", "DELETE", "restapis/{}/requestvalidators/{}"),
    not_served("GetRequestValidator", "GET", "restapis/{}/requestvalidators/{}"),
    not_served("UpdateRequestValidator", "PATCH", "restapis/{}/requestvalidators/{}"),
    not_served("UpdateResource", "PATCH", "restapis/{}/resources/{}"),
    not_served("TestInvokeMethod", "POST", "restapis/{}/resources/{}/methods/{}"),
    not_served("UpdateIntegration", "PATCH", "restapis/{}/resources/{}/methods/{}/integration"),
    not_served(
        "DeleteIntegrationResponse",
        "DELETE",
        "restapis/{}/resources/{}/methods/{}/integration/responses/{}",
    ),
    not_served(
        "UpdateIntegrationResponse",
        "PATCH",
        "restapis/{}/resources/{}/methods/{}/integration/responses/{}",
    ),
    not_served("DeleteMethodResponse", "DELETE", "restapis/{}/resources/{}/methods/{}/responses/{}"),
    not_served("UpdateMethodResponse", "PATCH", "restapis/{}/resources/{}/methods/{}/responses/{}"),
    not_served("FlushStageAuthorizersCache", "DELETE", "restapis/{}/stages/{}/cache/authorizers"),
    not_served("FlushStageCache", "DELETE", "restapis/{}/stages/{}/cache/data"),
    not_served("GetExport", "GET", "restapis/{}/stages/{}/exports/{}"),
    not_served("GetSdk", "GET", "restapis/{}/stages/{}/sdks/{}"),
    not_served("GetSdkTypes", "GET", "sdktypes"),
    not_served("GetSdkType", "GET", "sdktypes/{}"),
    not_served("GetVpcLinks", "GET", "vpclinks"),
    not_served("CreateVpcLink", "POST", "vpclinks"),
    not_served("DeleteVpcLink", "DELETE", "vpclinks/{}"),
    not_served("GetVpcLink", "GET", "vpclinks/{}"),
    not_served("UpdateVpcLink", "PATCH", "vpclinks/{}"),
];
