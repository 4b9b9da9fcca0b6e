//! Region and credential sources through the real binary: profiles, processes, roles, instance metadata, proxies.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Stdio;

use keypool_local_aws::World;

use crate::support::command::Machine;
use crate::support::fifo::ProgramWatcher;

/// A listener on a free port, and its URL. Connections get no response until something accepts them.
fn bind_listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    (listener, url)
}

/// A machine with the endpoint of a local AWS, but without region and credentials.
fn machine_without_credentials() -> Machine {
    let machine = Machine::with_local_aws(World::Sample);
    let unset = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"];
    unset.into_iter().fold(machine, Machine::without_env)
}

#[test]
fn unresponsive_instance_metadata_does_not_hang() {
    let (_listener, url) = bind_listener();
    let machine = Machine::new()
        .with_env("AWS_EC2_METADATA_DISABLED", "false")
        .with_env("AWS_EC2_METADATA_SERVICE_ENDPOINT", url);
    let output = machine.run("plans");
    assert_eq!(output.status, 3, "{}", output.stderr);
    assert!(output.stderr.contains("no AWS region"), "{}", output.stderr);
    let output = machine.run("plans -r us-east-1");
    assert_eq!(output.status, 3, "{}", output.stderr);
    assert!(
        output.stderr.contains("no AWS credentials") || output.stderr.contains("metadata"),
        "{}",
        output.stderr
    );
}

#[test]
fn instance_metadata_provides_region_and_credentials() {
    let (listener, url) = bind_listener();
    std::thread::spawn(move || listener.incoming().flatten().for_each(serve_instance_metadata));
    let machine = machine_without_credentials()
        .with_env("AWS_EC2_METADATA_DISABLED", "false")
        .with_env("AWS_EC2_METADATA_SERVICE_ENDPOINT", url);
    assert_eq!(machine.json("plans").as_array().map(Vec::len), Some(4));
}

/// Serves one connection as the metadata service of an instance with a role.
fn serve_instance_metadata(connection: TcpStream) {
    let mut writer = connection.try_clone().expect("a second handle");
    let mut lines = BufReader::new(connection).lines().map_while(Result::ok);
    while let Some(request) = lines.next() {
        let _headers = lines.by_ref().take_while(|line| !line.is_empty()).count();
        let path = request.split_whitespace().nth(1).unwrap_or_default().to_owned();
        let body = match path.as_str() {
            "/latest/api/token" => "token",
            "/latest/meta-data/placement/region" => "us-east-1",
            "/latest/meta-data/iam/security-credentials/" => "role",
            _ => {
                r#"{"Code": "Success", "LastUpdated": "2026-11-22T00:00:00Z", "Type": "AWS-HMAC",
                "AccessKeyId": "a", "SecretAccessKey": "s", "Token": "t", "Expiration": "2099-01-01T00:00:00Z"}"#
            }
        };
        let head = "HTTP/1.1 200 OK\r\nx-aws-ec2-metadata-token-ttl-seconds: 21600\r\nContent-Length: ";
        if write!(writer, "{head}{}\r\n\r\n{body}", body.len()).is_err() {
            return;
        }
    }
}

#[test]
fn a_profile_provides_region_and_credential_process() {
    let credentials = r#"{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "s"}"#;
    let machine = machine_without_credentials().with_file("credentials.json", credentials);
    let process = format!("cat {}", machine.path("credentials.json").display());
    let config = format!("[profile work]\nregion = us-east-1\ncredential_process = {process}\n");
    let machine = machine.with_file(".aws/config", &config).with_env("PATH", "/usr/bin:/bin");
    assert_eq!(machine.json("plans -p work").as_array().map(Vec::len), Some(4));
    assert_eq!(machine.with_env("AWS_PROFILE", "work").json("plans").as_array().map(Vec::len), Some(4));
}

#[test]
fn a_failed_credential_process_shows_its_stderr_and_exit_status() {
    let script = "#!/bin/sh\necho 'Touch your key' >&2\nexit 3\n";
    let machine = machine_without_credentials().with_file("ask.sh", script).with_env("PATH", "/usr/bin:/bin");
    let process = format!("sh {} --code s3cret", machine.path("ask.sh").display());
    let config = format!("[profile work]\nregion = us-east-1\ncredential_process = {process}\n");
    let output = machine.with_file(".aws/config", &config).run("plans -p work");
    assert_eq!(output.status, 3, "{}", output.stderr);
    let error =
        "there are no AWS credentials: credential_process of profile work: it ended with exit status: 3";
    for part in ["running the credential_process of profile work", "Touch your key", error] {
        assert!(output.stderr.contains(part), "{part}: {}", output.stderr);
    }
    assert!(!output.stderr.contains("s3cret"), "{}", output.stderr);
}

#[test]
fn a_credential_process_ends_when_the_command_is_terminated() {
    let machine = machine_without_credentials().with_env("PATH", "/usr/bin:/bin");
    let alive = machine.path("alive");
    let watcher = ProgramWatcher::create(&alive);
    let script = format!("exec tail -f /dev/null >{}\n", alive.display());
    let machine = machine.with_file("hang.sh", &script);
    let process = format!("sh {}", machine.path("hang.sh").display());
    let config = format!("[profile work]\nregion = us-east-1\ncredential_process = {process}\n");
    let machine = machine.with_file(".aws/config", &config);
    let mut command =
        machine.command(&["plans", "-p", "work"]).stderr(Stdio::null()).spawn().expect("it starts");
    watcher.wait_for_start();
    let pid = command.id().to_string();
    let status = std::process::Command::new("kill").args(["-s", "TERM", &pid]).status().expect("kill");
    assert!(status.success());
    assert!(!command.wait().expect("an end").success());
    watcher.wait_for_end();
}

/// A machine whose profile `work` assumes a role with credentials from a `credential_process`.
fn machine_with_assumed_role() -> Machine {
    let credentials = r#"{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "s"}"#;
    let machine = machine_without_credentials()
        .with_file("credentials.json", credentials)
        .with_env("PATH", "/usr/bin:/bin");
    let config = format!(
        "[profile work]\nregion = us-east-1\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\n\
         [profile base]\ncredential_process = cat {}\n",
        machine.path("credentials.json").display()
    );
    machine.with_file(".aws/config", &config)
}

#[test]
fn a_role_is_assumed_with_the_credentials_of_a_process() {
    let (url, request_count) = start_server(concat!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\nconnection: close\r\n\r\n",
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>",
        "<AccessKeyId>a</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>",
        "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
    ));
    let sts = url.replace("me:s3cret@", "");
    let machine = machine_with_assumed_role().with_env("AWS_ENDPOINT_URL_STS", sts);
    assert_eq!(machine.json("plans -p work").as_array().map(Vec::len), Some(4));
    assert_eq!(request_count.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[test]
fn an_unreachable_sts_endpoint_is_named() {
    let (listener, url) = bind_listener();
    drop(listener);
    let output = machine_with_assumed_role().with_env("AWS_ENDPOINT_URL_STS", &url).run("plans -p work");
    assert_eq!(output.status, 5, "{}", output.stderr);
    assert!(output.stderr.contains(&format!("no connection to {url}")), "{}", output.stderr);
}

#[test]
fn a_response_not_from_aws_names_the_endpoint_and_the_proxy() {
    for (response, expected) in [
        ("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n", "returned HTTP status 502"),
        (
            "HTTP/1.1 302 Found\r\nlocation: https://login.example/\r\ncontent-length: 0\r\n\r\n",
            "302, a redirect",
        ),
        ("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "does not support"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>", "cannot be parsed"),
    ] {
        let (url, _) = start_server(response);
        let address = url.rsplit_once('@').expect("a password").1.to_owned();
        let machine = Machine::new().with_credentials().with_env("AWS_MAX_ATTEMPTS", "1");
        let output = machine.run(&format!("plans --endpoint-url http://{address}"));
        assert_ne!(output.status, 0);
        assert!(output.stderr.contains(expected), "{}", output.stderr);
        assert!(output.stderr.contains(&format!("http://{address}")), "{}", output.stderr);
        // The same response through a proxy.
        let machine = machine.with_env("HTTP_PROXY", &url);
        let output = machine.run("plans --endpoint-url http://gateway.example");
        let through = format!("http://gateway.example through the proxy {address}");
        assert!(output.stderr.contains(&through), "{}", output.stderr);
        assert!(!output.stderr.contains("s3cret"), "{}", output.stderr);
    }
}

#[test]
fn a_missing_source_profile_is_named() {
    let config = "[profile a]\nregion = us-east-1\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = b\n";
    let output = machine_without_credentials().with_file(".aws/config", config).run("plans -p a");
    assert_eq!(output.status, 2, "{}", output.stderr);
    assert!(
        output.stderr.contains("source_profile of profile a: profile `b` does not exist"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_quoted_profile_name_is_reported_with_file_and_line() {
    let machine =
        machine_without_credentials().with_file(".aws/config", "[default]\n[profile \"work\"]\nregion = a\n");
    let output = machine.run("plans -p work");
    assert_eq!(output.status, 2, "{}", output.stderr);
    let location = format!("{}:2: `[profile \"work\"]`", machine.path(".aws/config").display());
    assert!(
        output.stderr.contains(&location) && output.stderr.contains("quotation marks"),
        "{}",
        output.stderr
    );
}

/// Starts a server that gives this response to every request, also to those for other hosts, as a proxy gets them.
/// Returns its URL, with the user and password of a proxy, and a request counter.
fn start_server(response: &'static str) -> (String, std::sync::Arc<std::sync::atomic::AtomicUsize>) {
    let (listener, url) = bind_listener();
    let request_count = std::sync::Arc::<std::sync::atomic::AtomicUsize>::default();
    let count = std::sync::Arc::clone(&request_count);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
                let lines = reader.by_ref().lines().map_while(Result::ok);
                let _head = lines.take_while(|line| !line.is_empty()).count();
                // The body is read to the end, because closing with unread data would reset the connection.
                let _ = stream.write_all(response.as_bytes()).and_then(|()| stream.shutdown(Shutdown::Write));
                let _ = std::io::copy(&mut reader, &mut std::io::sink());
            });
        }
    });
    (url.replace("http://", "http://me:s3cret@"), request_count)
}

#[test]
fn a_refusing_proxy_is_named_without_its_password_and_not_retried() {
    for (response, error) in [
        ("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n", "(407)"),
        ("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", "refuses"),
    ] {
        let (url, request_count) = start_server(response);
        let address = url.rsplit_once('@').expect("a password").1.to_owned();
        let machine = Machine::new().with_credentials().with_env("HTTPS_PROXY", url);
        let output = machine.run("plans");
        assert_eq!(output.status, 5, "{}", output.stderr);
        let through = format!(".us-east-1.amazonaws.com through the proxy {address}");
        assert!(output.stderr.contains("no connection to https://"), "{}", output.stderr);
        assert!(output.stderr.contains(&through), "{}", output.stderr);
        assert!(output.stderr.contains(error) && !output.stderr.contains("s3cret"), "{}", output.stderr);
        let request_count = request_count.load(std::sync::atomic::Ordering::SeqCst);
        assert!(request_count <= 6, "{request_count} requests");
    }
}

#[test]
fn the_profile_flag_overrides_credentials_in_the_environment() {
    let config = "[profile work]\nregion = us-east-1\ncredential_process = /nowhere/at-all\n";
    let machine = Machine::with_local_aws(World::Sample).with_file(".aws/config", config);
    assert_eq!(machine.run("plans").status, 0);
    let output = machine.run("plans -p work");
    assert_eq!(output.status, 3, "variables were used instead of the profile: {}", output.stderr);
}

#[test]
fn an_aws_config_syntax_error_is_reported_with_file_and_line() {
    let machine =
        machine_without_credentials().with_file(".aws/config", "[default]\nregion = us-east-1\n[broken\n");
    let output = machine.run("plans");
    assert_eq!(output.status, 2, "{}", output.stderr);
    let file = machine.path(".aws/config").display().to_string();
    assert!(output.stderr.contains(&file) && output.stderr.contains("line 3"), "{}", output.stderr);
    assert_eq!(machine.run("--demo plans").status, 0, "the demo does not read the file");
}

#[test]
fn an_expired_sso_session_names_the_login_command() {
    let config = "[profile work]\nregion = us-east-1\nsso_session = corp\nsso_account_id = 111122223333\n\
                  sso_role_name = Admin\n[sso-session corp]\nsso_region = us-east-1\n\
                  sso_start_url = https://corp.awsapps.com/start\n";
    let machine = machine_without_credentials().with_file(".aws/config", config);
    let output = machine.run("plans -p work");
    assert_eq!(output.status, 3, "{}", output.stderr);
    assert!(output.stderr.contains("aws sso login --profile work"), "{}", output.stderr);
}

#[test]
fn an_invalid_ca_bundle_is_reported() {
    let machine = Machine::with_local_aws(World::Sample).with_file("ca.pem", "hello");
    let bundle = machine.path("ca.pem").display().to_string();
    let output = machine.with_env("AWS_CA_BUNDLE", bundle).run("plans");
    assert_eq!(output.status, 2, "{}", output.stderr);
    assert!(
        output.stderr.contains("ca.pem") && output.stderr.contains("contains no certificate"),
        "{}",
        output.stderr
    );
}
