"""The demo: embedded database, register, both portal twins, the connector, and people who use them."""

import argparse
from collections.abc import Sequence
from pathlib import Path


def main(argv: Sequence[str] | None = None) -> int:
    """``phanhoi demo``. Exit status 0: all converged; 6: not; 130: Ctrl-C before the end of ``--once``."""
    options = _parser().parse_args(argv)
    from adapters.demo.run import run_demo  # noqa: PLC0415  # heavy, and --help should be quick

    return run_demo(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="phanhoi demo", description=__doc__)
    add = parser.add_argument
    add("--cases", type=_positive, default=300, help="số hồ sơ / number of cases (default 300)")
    add("--seed", type=int, default=1, help="cùng số cho cùng câu chuyện / same seed, same stories")
    add("--once", action="store_true", help="dừng khi xong / end when nothing is left to do")
    add("--json", action="store_true", help="in một đối tượng JSON / print one JSON object")
    add(
        "--folder",
        type=Path,
        default=Path("var/demo"),
        help="thư mục dữ liệu, bị xóa khi bắt đầu / wiped at start",
    )
    add("--minutes", type=float, default=20, help="giới hạn cho --once / give up after (default 20)")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        msg = "must be at least 1"
        raise argparse.ArgumentTypeError(msg)
    return number
