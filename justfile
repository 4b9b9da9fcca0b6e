# Recipes for people who work on keypool; `just` lists them.

default:
    @just --list

# The console on the embedded AWS.
demo *flags:
    cargo run --release -- --demo {{flags}}

# Everything that must be green before a change lands.
check:
    .ci/run

test *args:
    cargo test --workspace {{args}}

# Figures: draw, filter, load, first frame.
bench *args:
    cargo bench --bench console {{args}}

# Pools in a parameter of SSM, against moto: a feature that the default build does not pay for.
ssm *args:
    cargo clippy -p keypool --features ssm --all-targets -- -D warnings
    cargo test -p keypool --features ssm -- ssm parameter_of_pools {{args}}

# Accept new screens after looking at them.
review:
    INSTA_UPDATE=always KEYPOOL_UPDATE_SCREENSHOTS=1 cargo test --workspace

# Licences and advisories of what we depend on (cargo install cargo-deny).
deny:
    cargo deny check
