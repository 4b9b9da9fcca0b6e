#!/usr/bin/env python3
"""Runs other programs on what `cargo bench --bench limits` gives keypool, for the same figures.

    cargo bench --bench limits --no-run
    target/peers/bin/python benches/peers/compare.py [TENANT_KEYS]

boto3 reads the same account from the same fake AWS; less scrolls and fzf filters the same list. It needs boto3,
less and fzf, and says which of them is missing. Figures go to docs/performance.md.
"""

import concurrent.futures
import fcntl
import importlib.util
import os
import pty
import select
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time

FOLDER = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SILENCE = 0.3


class Fake:
    """The fake AWS of the benchmark, in its own process."""

    def __init__(self, tenant_keys):
        command = ["cargo", "bench", "--quiet", "--bench", "limits", "--", "serve", str(tenant_keys)]
        self.process = subprocess.Popen(command, cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def read_with_boto3(url):
    """Reads plans, API keys, the keys of each plan and the tenant keys, as keypool does; prints what it took."""
    import boto3
    from botocore.config import Config

    started = time.monotonic()
    access = {"aws_access_key_id": "AKIABENCH", "aws_secret_access_key": "bench"}
    session = boto3.session.Session(region_name="us-east-1", **access)
    gateway = session.client("apigateway", endpoint_url=url)
    tables = session.client("dynamodb", endpoint_url=url, config=Config(max_pool_connections=8))
    calls = 0

    def pages(operation, **arguments):
        nonlocal calls
        for page in gateway.get_paginator(operation).paginate(PaginationConfig={"PageSize": 500}, **arguments):
            calls += 1
            yield from page.get("items", [])

    plans = list(pages("get_usage_plans"))
    next(pages("get_api_keys"))
    tables.scan(TableName="keypool-keys", Segment=0, TotalSegments=8)
    first = time.monotonic() - started
    api_keys = list(pages("get_api_keys"))
    members = {plan["id"]: list(pages("get_usage_plan_keys", usagePlanId=plan["id"])) for plan in plans}

    def segment(number):
        paginator = tables.get_paginator("scan")
        scan = paginator.paginate(TableName="keypool-keys", Segment=number, TotalSegments=8)
        return [item for page in scan for item in page["Items"]]

    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        tenant_keys = [item for part in threads.map(segment, range(8)) for item in part]
    elapsed = time.monotonic() - started
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    assert len(members) == len(plans)
    print(
        f"boto3: {len(tenant_keys):,} tenant keys, {len(api_keys):,} API keys: first page of everything {first:.2f} s, "
        f"all {elapsed:.1f} s, {time.process_time():.1f} s of processor time, {peak / 1024:.0f} MiB, "
        f"{calls} calls of the control plane"
    )


class Terminal:
    """A program in a terminal, of which bytes are counted."""

    def __init__(self, command, columns, rows):
        self.process, self.file = pty.fork()
        if self.process == 0:
            os.environ["TERM"] = "xterm-256color"
            os.execvp(command[0], command)
        fcntl.ioctl(self.file, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, key, silence=SILENCE):
        """Types a key; the number of bytes until the program is silent, and the time of the last of them."""
        started = last = time.monotonic()
        os.write(self.file, key.encode())
        count = 0
        while select.select([self.file], [], [], silence)[0]:
            try:
                count += len(os.read(self.file, 65536))
            except OSError:
                break
            last = time.monotonic()
        return count, last - started

    def end(self):
        os.kill(self.process, 9)
        os.waitpid(self.process, 0)
        os.close(self.file)


def scroll_with_less(rows_file, columns, rows):
    less = Terminal(["less", "-S", rows_file], columns, rows)
    less.press("\x0c")
    steps = [less.press("j", 0.1)[0] for _ in range(100)]
    less.end()
    print(f"less at {columns}x{rows}: {statistics.mean(steps):.0f} bytes a step, at most {max(steps)}")


def filter_with_fzf(rows_file):
    fzf = Terminal(["sh", "-c", f"exec fzf < {rows_file}"], 120, 35)
    # Until all lines are read.
    fzf.press("", 5)
    times = []
    for word in ["tenant-00", "web shop", "0000004", "zz", "k00007"]:
        times += [fzf.press(letter)[1] * 1e3 for letter in word]
        fzf.press("\x15", 2)
    fzf.end()
    print(f"fzf: a letter until the picture: p50 {statistics.median(times):.0f} ms, worst {max(times):.0f} ms")


def write_rows(path, count):
    with open(path, "w") as rows:
        for n in range(count):
            rows.write(f"{n:08x}-0000-4000-8000-000000000000 tenant-{n // 5:07} web shop {n % 10} k{n % 10000:09}\n")


def main():
    tenant_keys = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    if importlib.util.find_spec("boto3"):
        fake = Fake(tenant_keys)
        read_with_boto3(fake.url)
        fake.stop()
    else:
        print("boto3 is not installed")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "rows")
        write_rows(path, tenant_keys)
        if shutil.which("less"):
            scroll_with_less(path, 80, 24)
            scroll_with_less(path, 120, 35)
        else:
            print("less is not installed")
        if shutil.which("fzf"):
            filter_with_fzf(path)
        else:
            print("fzf is not installed")


if __name__ == "__main__":
    main()
