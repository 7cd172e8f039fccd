package io.hypermesh.trustchain;

import io.hypermesh.trustchain.store.Pkcs12KeyStorage;
import io.hypermesh.trustchain.store.Pkcs8KeyStorage;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * Where an authority and a log keep their keys. A host may bring its own, for example over a
 * PKCS#11 token: private keys that cannot be encoded then sign through their own provider.
 *
 * <p>Implementations are safe for use by any number of threads.
 */
public interface KeyStorage {
  /**
   * Finds a key pair.
   *
   * @param name its name: lower-case letters, digits and hyphens
   * @return the pair, or null where there is none
   * @throws StoreException where it can't be read, or others than its owner can read it
   */
  @Nullable KeyPair load(String name) throws StoreException;

  /**
   * Keeps a key pair, durably before it returns.
   *
   * @param name its name: lower-case letters, digits and hyphens
   * @param pair the pair
   * @throws StoreException where it can't be written
   */
  void store(String name, KeyPair pair) throws StoreException;

  /**
   * Finds a key pair, and generates and keeps one where there is none.
   *
   * @param name its name
   * @param algorithm the kind to generate
   * @param random where a new secret comes from
   * @return the pair
   * @throws StoreException where it can't be read or written
   */
  default KeyPair loadOrGenerate(String name, KeyAlgorithm algorithm, SecureRandom random)
      throws StoreException {
    KeyPair pair = load(name);
    if (pair == null) {
      pair = algorithm.generate(random);
      store(name, pair);
    }
    return pair;
  }

  /**
   * Keeps each key in a file of its own, as PKCS#8 in PEM, readable by its owner only.
   *
   * @param directory where the files are
   * @return the storage
   */
  static KeyStorage pkcs8Files(Path directory) {
    return new Pkcs8KeyStorage(directory);
  }

  /**
   * Keeps all keys in one PKCS#12 file, encrypted under a password, readable by its owner only.
   *
   * @param file the file, created with the first key
   * @param password the password, copied
   * @return the storage
   */
  static KeyStorage pkcs12File(Path file, char[] password) {
    return new Pkcs12KeyStorage(file, password);
  }
}
