package io.hypermesh.adapter;

import io.hypermesh.adapter.AdapterException.Reason;
import io.hypermesh.byzantine.Digest;
import io.hypermesh.codec.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The machine as adapters see it: the files under which a Linux kernel describes it, and a clock.
 * Both are passed in, so that an adapter can be tried on a machine that is not there. Everything
 * read is bounded. Immutable.
 */
public final class Host {
  /** The longest file read. */
  public static final int FILE_BYTES_MAX = 4 << 20;

  /** The most names read from a directory. */
  public static final int NAMES_MAX = 65_536;

  private static final List<String> MACHINE_ID_FILES =
      List.of("/etc/machine-id", "/var/lib/dbus/machine-id", "/sys/class/dmi/id/product_uuid");
  private static final String MACHINE_DOMAIN = "hypermesh machine v1";
  private static final String FINGERPRINT_DOMAIN = "hypermesh hardware-fingerprint v1";

  private final Path root;
  private final InstantSource clock;

  /**
   * A machine whose file system is under a directory.
   *
   * @param root where {@code /proc}, {@code /sys}, {@code /etc} and {@code /dev} are
   * @param clock tells the time of a discovery
   */
  public Host(Path root, InstantSource clock) {
    this.root = root;
    this.clock = clock;
  }

  /**
   * The machine that this process runs on.
   *
   * @return its view
   */
  public static Host local() {
    return new Host(Path.of("/"), InstantSource.system());
  }

  /**
   * The time.
   *
   * @return now
   */
  public Instant now() {
    return clock.instant();
  }

  /**
   * Where a file of the machine is.
   *
   * @param path absolute, as on the machine
   * @return the path under this view's root
   * @throws AdapterException if no file can have this name
   */
  public Path path(String path) throws AdapterException {
    try {
      return root.resolve(path.substring(1));
    } catch (InvalidPathException e) {
      throw new AdapterException(
          Reason.MALFORMED, "couldn't read a file because its name is impossible", e);
    }
  }

  /**
   * Reads a file.
   *
   * @param path absolute, as on the machine
   * @return its text without white space at the ends; bytes that are not UTF-8 are replaced
   * @throws AdapterException if it is not there, cannot be read, or is longer than {@value
   *     #FILE_BYTES_MAX} bytes
   */
  public String readText(String path) throws AdapterException {
    try (InputStream input = Files.newInputStream(path(path))) {
      byte[] bytes = input.readNBytes(FILE_BYTES_MAX + 1);
      if (bytes.length > FILE_BYTES_MAX) {
        throw new AdapterException(
            Reason.MALFORMED,
            "couldn't read " + path + " because it is longer than " + FILE_BYTES_MAX + " bytes");
      }
      return new String(bytes, StandardCharsets.UTF_8).strip();
    } catch (NoSuchFileException | NotDirectoryException e) {
      throw new AdapterException(
          Reason.NOT_FOUND, "couldn't read " + path + " because it is not there", e);
    } catch (IOException e) {
      throw new AdapterException(
          Reason.IO, "couldn't read " + path + " because " + e.getMessage(), e);
    }
  }

  /**
   * Reads a file that need not be there or readable, as many of the kernel's are on some machines
   * only.
   *
   * @param path absolute, as on the machine
   * @return its text, or empty
   */
  public Optional<String> readTextIfThere(String path) {
    try {
      return Optional.of(readText(path));
    } catch (AdapterException _) {
      // That the file is absent is the answer.
      return Optional.empty();
    }
  }

  /**
   * Reads a file that holds one whole number.
   *
   * @param path absolute, as on the machine
   * @return the number
   * @throws AdapterException if the file cannot be read or holds anything else
   */
  public long readNumber(String path) throws AdapterException {
    String text = readText(path);
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new AdapterException(
          Reason.MALFORMED,
          "couldn't read " + path + " because it holds no number: " + printable(text),
          e);
    }
  }

  /**
   * Lists a directory.
   *
   * @param path absolute, as on the machine
   * @return the names in it, sorted; none if it is not there
   * @throws AdapterException if it cannot be read or has more than {@value #NAMES_MAX} entries
   */
  public List<String> list(String path) throws AdapterException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(path(path))) {
      for (Path entry : entries) {
        if (names.size() == NAMES_MAX) {
          throw new AdapterException(
              Reason.MALFORMED,
              "couldn't list " + path + " because it has more than " + NAMES_MAX + " entries");
        }
        names.add(String.valueOf(entry.getFileName()));
      }
    } catch (NoSuchFileException | NotDirectoryException _) {
      // Not there: nothing in it.
      return List.of();
    } catch (IOException e) {
      throw new AdapterException(
          Reason.IO, "couldn't list " + path + " because " + e.getMessage(), e);
    }
    names.sort(null);
    return names;
  }

  /**
   * Says whether a file or directory is there.
   *
   * @param path absolute, as on the machine
   * @return true if it is
   * @throws AdapterException if no file can have this name
   */
  public boolean exists(String path) throws AdapterException {
    return Files.exists(path(path));
  }

  /**
   * Reads where a symbolic link points to.
   *
   * @param path absolute, as on the machine
   * @return the last name in its target, or empty if it is no link
   * @throws AdapterException if no file can have this name
   */
  public Optional<String> linkTargetName(String path) throws AdapterException {
    try {
      Path name = Files.readSymbolicLink(path(path)).getFileName();
      return Optional.ofNullable(name).map(Path::toString);
    } catch (IOException | UnsupportedOperationException _) {
      // No link there: that is the answer.
      return Optional.empty();
    }
  }

  /**
   * Tells this machine from all others, the same after every start. The id itself stays here; only
   * its hash is used, as systemd asks of whoever uses it.
   *
   * @return a digest of the machine's id
   * @throws AdapterException if the machine has none
   */
  public Digest machineId() throws AdapterException {
    for (String file : MACHINE_ID_FILES) {
      Optional<String> id = readTextIfThere(file).filter(text -> !text.isEmpty());
      if (id.isPresent()) {
        return Sha256.of(MACHINE_DOMAIN, id.get().getBytes(StandardCharsets.UTF_8));
      }
    }
    throw new AdapterException(
        Reason.NOT_FOUND,
        "couldn't tell this machine from others because none of these files has an id: "
            + String.join(", ", MACHINE_ID_FILES));
  }

  /**
   * What tells a piece of hardware in this machine from all other.
   *
   * @param kind what it is, such as {@code cpu}
   * @param name what it is called in this machine, the same at every start
   * @return the fingerprint
   * @throws AdapterException if the machine has no id
   */
  public Digest fingerprint(String kind, String name) throws AdapterException {
    return Sha256.of(
        FINGERPRINT_DOMAIN,
        machineId().bytes(),
        (kind + '\0' + name).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Cuts text of the kernel to what can be shown in one line.
   *
   * @param text any
   * @return at most 80 printable characters
   */
  public static String printable(String text) {
    String line = text.replaceAll("\\p{Cntrl}", " ");
    return line.length() <= 80 ? line : line.substring(0, 77) + "...";
  }
}
