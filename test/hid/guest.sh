#!/usr/bin/env bash
# guest.sh SECONDS PROGRAM…: runs a program in a guest with virtual HID devices, in the present folder, and exits as it did.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
built=${BONUSBOOK_GUEST:-${TMPDIR:-/tmp}/bonusbook-guest-$(id -u)}
modules='virtio_pci 9pnet_virtio 9p overlay hid-generic uhid'

build() {
	mkdir -p "$built"
	local work
	work=$(mktemp -d "$built/build.XXXXXX")
	local kernel
	kernel=$(apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
	(cd "$work" && apt-get -o APT::Sandbox::User=root -qq download "$kernel" && dpkg-deb -x ./*.deb kernel)
	mkdir -p "$work"/root/{bin,proc,sys,dev,host,layer,root,lib}
	add() { # a module after those that it needs
		local path other
		path=$(find "$work/kernel/lib/modules" -name "$1.ko" -o -name "${1//_/-}.ko" | head -1)
		[ -n "$path" ] || { echo "the kernel package has no module $1" >&2; exit 1; }
		[ ! -e "$work/root/lib/${path##*/}" ] || return 0
		for other in $(busybox strings "$path" | sed -n 's/^depends=//p' | tr ',' ' '); do add "$other"; done
		cp "$path" "$work/root/lib/"
		echo "${path##*/}" >> "$work/root/lib/order"
	}
	for module in $modules; do add "$module"; done
	cp "$(command -v busybox)" "$work/root/bin/busybox"
	install -m 755 "$here/init.sh" "$work/root/init"
	(cd "$work/root" && find . | cpio -o -H newc --quiet | gzip -1) > "$work/initrd"
	mv "$work"/kernel/boot/vmlinuz-* "$built/vmlinuz"
	mv "$work/initrd" "$built/initrd"
	rm -rf "$work"
}
[ -f "$built/initrd" ] && [ "$built/initrd" -nt "$here/init.sh" ] && [ "$built/initrd" -nt "$here/guest.sh" ] || build

seconds=$1
shift
io=$(mktemp -d)
trap 'rm -rf "$io"' EXIT
{
	echo 'export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root NO_COLOR=1'
	printf 'cd %q && exec' "$PWD"
	printf ' %q' "$@"
	echo
} > "$io/cmd"
share() { echo "local,path=$1,mount_tag=$2,security_model=none,readonly=$3,multidevs=remap"; }
status=0
timeout --kill-after=5 "$seconds" qemu-system-x86_64 \
	-machine pc,accel=tcg,usb=off -cpu max -smp 2 -m 2048 \
	-nodefaults -no-user-config -display none -serial stdio -no-reboot \
	-kernel "$built/vmlinuz" -initrd "$built/initrd" -append 'console=ttyS0 quiet loglevel=2 mitigations=off nokaslr' \
	-virtfs "$(share / host on)" -virtfs "$(share "$io" io off)" </dev/null | tr -d '\r' || status=$?
exit "$(cat "$io/status" 2>/dev/null || echo $((status == 0 ? 1 : status)))"
