"""The command ``phanhoi-verify``."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from connector.verify.check import check_file
from connector.verify.finding import Kind, Result, safe, worst
from connector.verify.manifest import check_manifest, is_manifest
from connector.verify.show import Langs, as_json, report
from connector.verify.trust import (
    CannotCheckError,
    Trust,
    contents,
    load_checkpoints,
    load_keys,
    load_start,
    load_witness,
)

LANGS: dict[str, Langs] = {"vi": ("vi",), "en": ("en",), "both": ("vi", "en")}

EPILOG = """mã thoát / exit status:
  0  đúng / right
  1  sai / wrong
  2  không kiểm tra được / cannot be checked
  3  tự nhất quán, chưa có căn cứ tin cậy / right in itself, not anchored"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Check what the command line names; ends the process."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]  # what the console is
    results = check(options)
    if options.json:
        told = json.dumps(as_json(results), ensure_ascii=False, indent=2)
    else:
        told = report(results, LANGS[options.lang])
    try:
        print(told, flush=True)  # noqa: T201  # a program's output
    except BrokenPipeError:
        # whoever reads has seen enough (``| head``); the verdict still counts
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(int(worst(result.verdict for result in results)))


def check(options: argparse.Namespace) -> list[Result]:
    """One result for each file, and for given checkpoints that are wrong themselves."""
    try:
        trust = _trust(options)
    except CannotCheckError as error:
        return [Result(file=safe(error.finding.name), findings=[error.finding])]
    results = list(trust.results)
    for path in options.files:
        results += check_manifest(path, trust) if is_manifest(path) else [check_file(path, trust)]
    return results


def _trust(options: argparse.Namespace) -> Trust:
    trust = Trust(
        keys=load_keys(options.keys) if options.keys else None,
        witnesses=tuple(load_witness(one) for one in options.witness),
        authorities=contents(options.tsa_ca) if options.tsa_ca else None,
        old=options.old,
    )
    if trust.authorities is not None and b"BEGIN CERTIFICATE" not in trust.authorities:
        raise CannotCheckError(Kind.UNREADABLE, options.tsa_ca.name)
    load_checkpoints(trust, options.checkpoint)
    if options.start:
        load_start(trust, options.start)
    return trust


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="phanhoi-verify",
        description="Kiểm tra bản xuất nhật ký hoặc tệp chứng cứ của hồ sơ, không cần mạng, không cần tin bên vận hành. "
        "/ Check an export of the log or a case's evidence, offline, without trusting whoever runs the server.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "files",
        metavar="FILE",
        nargs="+",
        type=Path,
        help="tệp .jsonl hoặc .manifest.json / export or its manifest",
    )
    add(
        "--keys", metavar="FILE", type=Path, help="log-keys.json nhận qua kênh tin cậy / got by a trusted way"
    )
    add("--checkpoint", metavar="FILE", type=Path, nargs="+", action="extend", default=[],
        help="điểm niêm phong đã lưu, hoặc thư mục / checkpoints that you kept, or a folder")  # fmt: skip
    add("--from", metavar="FILE", dest="start", type=Path,
        help="nơi lần kiểm tra trước kết thúc; mọi mục sau đó phải có / where the last audit ended: nothing may lack")  # fmt: skip
    add("--witness", metavar="KEY", action="append", default=[],
        help="khóa của bên chứng kiến (name+hash+base64) hoặc tệp chứa nó / a witness's key")  # fmt: skip
    add(
        "--tsa-ca",
        metavar="PEM",
        type=Path,
        help="chứng thư cấp dấu thời gian / the time-stamping authority's",
    )
    add("--old", action="store_true",
        help="tệp cũ hơn điểm niêm phong mới nhất / the file may be older than the newest checkpoint")  # fmt: skip
    add("--json", action="store_true", help="in JSON cho chương trình khác / for programs")
    add("--lang", choices=sorted(LANGS), default="both", help="ngôn ngữ / language")
    return parser
