package io.hypermesh.stoq.interop;

import java.nio.ByteBuffer;
import tech.kwik.core.log.BaseLogger;

/** What kwik logs, kept in memory. */
final class KwikLog extends BaseLogger {
  private static final int CHARACTERS_MAX = 1 << 20;

  /** Several of kwik's threads write to it. */
  private final StringBuilder lines = new StringBuilder();

  KwikLog() {
    logInfo(true);
    logWarning(true);
  }

  @Override
  protected void log(String message) {
    synchronized (lines) {
      if (lines.length() < CHARACTERS_MAX) {
        lines.append(message).append('\n');
      }
    }
  }

  @Override
  protected void log(String message, Throwable failure) {
    log(message + ": " + failure);
  }

  @Override
  protected void logWithHexDump(String message, byte[] data, int length) {
    log(message);
  }

  @Override
  protected void logWithHexDump(String message, ByteBuffer data, int offset, int length) {
    log(message);
  }

  /** The log, to be searched. */
  ProgramLog asProgram(String name, Trial trial) {
    synchronized (lines) {
      return new ProgramLog(name, lines.toString(), trial);
    }
  }
}
