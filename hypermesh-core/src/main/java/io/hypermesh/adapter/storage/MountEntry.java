package io.hypermesh.adapter.storage;

import io.hypermesh.adapter.AdapterException;
import io.hypermesh.adapter.AdapterException.Reason;
import io.hypermesh.adapter.Host;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * A line of {@code /proc/self/mountinfo}, as proc_pid_mountinfo(5) describes it:
 *
 * <pre>
 *   36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
 * </pre>
 *
 * @param device major and minor number
 * @param mountPoint where it is mounted, unescaped
 * @param options of this mount
 * @param fileSystem the file system's type
 * @param source what is mounted, unescaped
 */
record MountEntry(
    String device, String mountPoint, List<String> options, String fileSystem, String source) {
  static MountEntry parse(String line) throws AdapterException {
    List<String> fields = Arrays.asList(line.split(" ", -1));
    int separator = fields.indexOf("-");
    if (separator < 6 || fields.size() < separator + 3 || !fields.get(4).startsWith("/")) {
      throw malformed(line);
    }
    return new MountEntry(
        fields.get(2),
        unescape(fields.get(4), line),
        List.of(fields.get(5).split(",", -1)),
        fields.get(separator + 1),
        unescape(fields.get(separator + 2), line));
  }

  /** Space, tab, newline and backslash stand as three octal digits. */
  private static String unescape(String field, String line) throws AdapterException {
    if (field.indexOf('\\') < 0) {
      return field;
    }
    byte[] bytes = field.getBytes(StandardCharsets.UTF_8);
    int length = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\\') {
        if (i + 3 >= bytes.length) {
          throw malformed(line);
        }
        int value = 0;
        for (int digit = i + 1; digit <= i + 3; digit++) {
          if (bytes[digit] < '0' || bytes[digit] > '7') {
            throw malformed(line);
          }
          value = 8 * value + bytes[digit] - '0';
        }
        if (value == 0 || value > 0xff) {
          throw malformed(line);
        }
        bytes[length++] = (byte) value;
        i += 3;
      } else {
        bytes[length++] = bytes[i];
      }
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  private static AdapterException malformed(String line) {
    return new AdapterException(
        Reason.MALFORMED, "couldn't read a mount because its line is: " + Host.printable(line));
  }
}
