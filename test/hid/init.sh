#!/bin/busybox sh
# First process of the guest: the host's files by 9p, read-only under a writable layer in memory; runs /run/io/cmd there.
bb=/bin/busybox
$bb mount -t proc proc /proc
$bb mount -t sysfs sysfs /sys
while read -r module; do $bb insmod "/lib/$module"; done < /lib/order
p9=trans=virtio,version=9p2000.L,msize=512000
$bb mount -t 9p -o $p9,ro,cache=loose host /host
$bb mount -t tmpfs tmpfs /layer
$bb mkdir /layer/upper /layer/work
$bb mount -t overlay -o lowerdir=/host,upperdir=/layer/upper,workdir=/layer/work overlay /root
$bb mount -t proc proc /root/proc
$bb mount -t sysfs sysfs /root/sys
$bb mount -t devtmpfs dev /root/dev
$bb mkdir -p /root/dev/pts /root/dev/shm
$bb mount -t devpts devpts /root/dev/pts
for folder in run tmp dev/shm; do $bb mount -t tmpfs tmpfs /root/$folder; done
$bb mkdir /root/run/io
$bb mount -t 9p -o $p9 io /root/run/io
$bb ifconfig lo 127.0.0.1 up
$bb chroot /root /bin/bash /run/io/cmd </root/dev/null
echo $? > /root/run/io/status
$bb sync
$bb poweroff -f
