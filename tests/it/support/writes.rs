//! The write operations that a local AWS received.

use keypool_local_aws::LocalAws;

const WRITE_PREFIXES: [&str; 9] =
    ["Import", "Create", "Update", "Delete", "Put", "TransactWrite", "Tag", "Untag", "BatchWrite"];

/// The names of the write operations, in order.
pub(crate) fn write_operations(local: &LocalAws) -> Vec<String> {
    let is_write = |operation: &String| WRITE_PREFIXES.iter().any(|prefix| operation.starts_with(prefix));
    local.calls().all().into_iter().map(|call| call.operation).filter(is_write).collect()
}
