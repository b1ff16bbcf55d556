# target_of ARCHITECTURE : sets target to the platform of amd64 or arm64 as Rust names it, and exports what cargo needs to compile
# for it. Read with `.`, from bash; root is this repository.
#
# For arm64 on amd64, the C compiler is Debian's. The Rust compiler is the installed one if it has the standard library of arm64
# (`rustup target add aarch64-unknown-linux-gnu`), and otherwise Debian's (`tests/tools/build arm64`).
target_of() {
	case ${1:-} in
	amd64) target=x86_64-unknown-linux-gnu ;;
	arm64) target=aarch64-unknown-linux-gnu ;;
	*) echo "expected amd64 or arm64" >&2; return 2 ;;
	esac
	[ "$(rustc -vV | sed -n 's/^host: //p')" != "$target" ] || return 0
	[ "$1" = arm64 ] || { echo "a program for amd64 is compiled on amd64" >&2; return 1; }
	"$root/tests/tools/packages" aarch64-linux-gnu-gcc /usr/aarch64-linux-gnu/include/stdio.h || return
	export CC_aarch64_unknown_linux_gnu=aarch64-linux-gnu-gcc AR_aarch64_unknown_linux_gnu=aarch64-linux-gnu-ar
	export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
	if [ ! -d "$(rustc --print target-libdir --target $target)" ]; then
		RUSTC=$("$root/tests/tools/build" arm64 | tail -n 1)/rustc-arm64 || return
		export RUSTC
	fi
}
