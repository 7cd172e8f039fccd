package io.hypermesh.stoq;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs as files. The agent's thread puts records into a queue; a thread of its own writes them.
 *
 * <p>The queue is bounded by its characters, the disk by bytes and files, open files by number.
 * What exceeds a bound is refused at once, and counted by who is refused.
 */
final class QlogDirectory implements Qlog {
  /** Characters that may wait to be written. */
  static final long QUEUE_CHARS_MAX = 16L << 20;

  /** Connections logged at once. */
  static final int OPEN_MAX = 256;

  /** Connections logged in all. */
  static final int FILES_MAX = 10_000;

  /** Files of the same name that are there before one more is given up. */
  private static final int SAME_NAME_MAX = 16;

  private static final Duration CLOSE_MAX = Duration.ofSeconds(5);
  private static final Logger LOGGER = LoggerFactory.getLogger(QlogDirectory.class);

  private record Entry(Log log, String record, boolean last) {}

  private final Path directory;
  private final long bytesMax;
  private final long queueCharsMax;
  private final MpscUnboundedAtomicArrayQueue<Entry> queue =
      new MpscUnboundedAtomicArrayQueue<>(256);
  private final AtomicLong queuedChars = new AtomicLong();
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger files = new AtomicInteger();
  private final AtomicBoolean complained = new AtomicBoolean();
  private final Thread writer;
  private final AtomicBoolean started = new AtomicBoolean();
  private volatile boolean full;
  private volatile boolean sleeping;
  private volatile boolean closing;

  // Owned by the writer's thread.
  private final Set<Log> written = new LinkedHashSet<>();
  private final Set<Log> unflushed = new LinkedHashSet<>();
  private long bytes;

  QlogDirectory(Path directory, long bytesMax, long queueCharsMax) {
    if (bytesMax < 1) {
      throw new IllegalArgumentException("couldn't write logs of " + bytesMax + " bytes");
    }
    this.directory = directory;
    this.bytesMax = bytesMax;
    this.queueCharsMax = queueCharsMax;
    this.writer = Thread.ofPlatform().daemon().name("stoq-qlog").unstarted(this::run);
  }

  @Override
  public @Nullable QlogSink open(String originalConnectionId, boolean client) {
    if (closing) {
      return null;
    }
    if (full || open.get() >= OPEN_MAX || files.get() >= FILES_MAX) {
      complain("some connections have no log: there are too many, or too many bytes", null);
      return null;
    }
    open.incrementAndGet();
    files.incrementAndGet();
    if (started.compareAndSet(false, true)) {
      writer.start();
    }
    return new Log(originalConnectionId + (client ? "_client" : "_server"));
  }

  private void complain(String problem, @Nullable IOException cause) {
    if (complained.compareAndSet(false, true)) {
      LOGGER.warn("logs in {}: {}; this isn't told again", directory, problem, cause);
    }
  }

  private void wakeUp() {
    if (sleeping) {
      LockSupport.unpark(writer);
    }
  }

  /** One connection's file. */
  private final class Log implements QlogSink {
    private final String name;
    private volatile boolean failed;
    private @Nullable OutputStream out;

    Log(String name) {
      this.name = name;
    }

    @Override
    public boolean append(String record) {
      if (failed || full || closing) {
        return false;
      }
      if (queuedChars.addAndGet(record.length()) > queueCharsMax) {
        queuedChars.addAndGet(-record.length());
        return false;
      }
      queue.offer(new Entry(this, record, false));
      wakeUp();
      return true;
    }

    @Override
    public void close(String last) {
      // One short entry for each connection, so it needs no bound of its own.
      queuedChars.addAndGet(last.length());
      queue.offer(new Entry(this, last, true));
      wakeUp();
    }

    /** On the writer's thread. */
    void write(String record) throws IOException {
      OutputStream stream = out;
      if (stream == null) {
        stream = openFile();
        out = stream;
        written.add(this);
      }
      byte[] encoded = record.getBytes(StandardCharsets.UTF_8);
      stream.write(encoded);
      unflushed.add(this);
      bytes += encoded.length;
    }

    private OutputStream openFile() throws IOException {
      Files.createDirectories(directory);
      for (int i = 1; ; i++) {
        Path file = directory.resolve(name + (i == 1 ? "" : "-" + i) + ".sqlog");
        try {
          return new BufferedOutputStream(
              Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              1 << 14);
        } catch (FileAlreadyExistsException e) {
          if (i == SAME_NAME_MAX) {
            throw e;
          }
        }
      }
    }

    void flush() throws IOException {
      if (out != null) {
        out.flush();
      }
    }

    void end() throws IOException {
      if (out != null) {
        out.close();
        out = null;
      }
    }
  }

  // ---- The writer's thread ----

  private void run() {
    while (true) {
      Entry entry = queue.poll();
      if (entry != null) {
        handle(entry);
        continue;
      }
      flush();
      if (closing) {
        break;
      }
      sleeping = true;
      if (queue.isEmpty() && !closing) {
        LockSupport.park(this);
      }
      sleeping = false;
    }
    for (Log log : Set.copyOf(written)) {
      end(log);
    }
  }

  private void handle(Entry entry) {
    Log log = entry.log();
    queuedChars.addAndGet(-entry.record().length());
    if (!log.failed && !entry.record().isEmpty()) {
      try {
        log.write(entry.record());
      } catch (IOException e) {
        fail(log, e);
      }
    }
    if (bytes >= bytesMax && !full) {
      full = true;
      complain("there are as many bytes as allowed: " + bytesMax, null);
    }
    if (entry.last()) {
      end(log);
      open.decrementAndGet();
    }
  }

  private void flush() {
    for (Log log : unflushed) {
      try {
        log.flush();
      } catch (IOException e) {
        fail(log, e);
      }
    }
    unflushed.clear();
  }

  private void end(Log log) {
    unflushed.remove(log);
    written.remove(log);
    try {
      log.end();
    } catch (IOException e) {
      fail(log, e);
    }
  }

  private void fail(Log log, IOException cause) {
    log.failed = true;
    complain("couldn't write " + log.name, cause);
  }

  /** Writes what waits, for a while; a slower disk goes on by itself, as long as the JVM lives. */
  @Override
  public void close() {
    closing = true;
    LockSupport.unpark(writer);
    if (!started.get()) {
      return;
    }
    try {
      if (!writer.join(CLOSE_MAX)) {
        LOGGER.warn("logs in {} aren't all written after {}", directory, CLOSE_MAX);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
