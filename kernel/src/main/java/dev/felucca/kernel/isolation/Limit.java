package dev.felucca.kernel.isolation;

/** A kind of limit that a kernel can set or lacks: a row of {@link Resources}. */
public enum Limit {
  MEMORY,
  SWAP,
  MEMORY_RESERVATION,
  SWAPPINESS,
  OOM_KILL_DISABLE,
  PIDS,
  CPU_SHARES,
  CPU_QUOTA,
  CPU_REALTIME,
  CPUSET,
  BLKIO_WEIGHT,
  BLKIO_WEIGHT_DEVICE,
  BLKIO_READ_BPS,
  BLKIO_WRITE_BPS,
  BLKIO_READ_IOPS,
  BLKIO_WRITE_IOPS
}
