package io.hypermesh.adapter;

import io.hypermesh.asset.AssetDescriptor;
import io.hypermesh.asset.AssetType;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Makes one kind of hardware known, and holds processes to what they lease of it. What an adapter
 * cannot do on this host it says in {@link #capabilities}, and refuses with {@link
 * AdapterException.Reason#UNSUPPORTED} and the same words; so are all actions but discovery here,
 * until an adapter overrides them.
 *
 * <p>Discovery is repeatable: the same hardware has the same fingerprint at every call, on every
 * start. Adapters are safe to use from one thread at a time.
 */
public interface AssetAdapter {
  /**
   * What kind of hardware it is for.
   *
   * @return the type of every asset it finds
   */
  AssetType type();

  /**
   * Looks at the machine.
   *
   * @return what is there now
   * @throws AdapterException if nothing at all could be made out
   */
  Discovery discover() throws AdapterException;

  /**
   * Says what this adapter can do on this host.
   *
   * @return an answer for every action
   */
  Map<AdapterAction, Capability> capabilities();

  /**
   * Looks again at hardware that was discovered before.
   *
   * @param known as it was discovered
   * @return whether it is in order
   * @throws AdapterException if nothing at all could be made out
   */
  default Health health(AssetDescriptor known) throws AdapterException {
    Discovery now = discover();
    for (AssetDescriptor found : now.assets()) {
      if (found.fingerprint().equals(known.fingerprint())) {
        return found.capacity().amount() < known.capacity().amount()
            ? new Health.Degraded(
                known.name() + " has " + found.capacity() + " of " + known.capacity())
            : new Health.Healthy();
      }
    }
    return new Health.Failed(
        known.name()
            + " is not there any more"
            + (now.problems().isEmpty() ? "" : ": " + String.join("; ", now.problems())));
  }

  /**
   * Sets a leased amount aside.
   *
   * @param request what the lease entitles to
   * @return what was set aside
   * @throws AdapterException if it could not be; nothing was
   */
  default Allocation allocate(AllocationRequest request) throws AdapterException {
    throw unsupported(AdapterAction.ALLOCATE);
  }

  /**
   * Holds a running process, and what it starts, to an allocation.
   *
   * @param allocation what it may use
   * @param processId which process
   * @throws AdapterException if it could not be; the process is as it was
   */
  default void bind(Allocation allocation, long processId) throws AdapterException {
    throw unsupported(AdapterAction.BIND);
  }

  /**
   * Says how much of an allocation was used since it was made.
   *
   * @param allocation which
   * @return what the kernel counted
   * @throws AdapterException if it is not counted
   */
  default Usage meter(Allocation allocation) throws AdapterException {
    throw unsupported(AdapterAction.METER);
  }

  /**
   * Gives an allocation back; one that is gone already is no error.
   *
   * @param allocation which
   * @throws AdapterException if it could not be given back; it stands
   */
  default void release(Allocation allocation) throws AdapterException {
    throw unsupported(AdapterAction.RELEASE);
  }

  /**
   * Compares the allocations that should be with those that the kernel has, as after a restart.
   *
   * @param expected all that should be
   * @return every difference
   * @throws AdapterException if the kernel's could not be made out
   */
  default List<Drift> reconcile(List<Allocation> expected) throws AdapterException {
    throw unsupported(AdapterAction.RECONCILE);
  }

  /**
   * The refusal of an action, in the words of {@link #capabilities}.
   *
   * @param action which
   * @return the exception to throw
   */
  default AdapterException unsupported(AdapterAction action) {
    String why =
        capabilities().get(action) instanceof Capability.Unsupported(String reason)
            ? reason
            : "the adapter does not implement it";
    return new AdapterException(
        AdapterException.Reason.UNSUPPORTED,
        "couldn't "
            + action.name().toLowerCase(Locale.ROOT)
            + " "
            + type().label()
            + " because "
            + why);
  }
}
