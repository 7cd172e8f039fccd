package io.hypermesh.stoq.driver;

import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;

/**
 * Has {@link Thread#interrupt} end a wait in a system call that isn't the JDK's: by what the JDK
 * has for selectors, which calls {@link #wakeup()} when the thread between {@link #enter()} and
 * {@link #leave()} is interrupted. It is no selector otherwise.
 *
 * <p>Agrona's {@code AgentRunner} stops its thread so, a thread of the host's that runs an
 * endpoint.
 */
final class InterruptibleWait extends AbstractSelector {
  private final WakeUpEvent event;

  InterruptibleWait(WakeUpEvent event) {
    super(SelectorProvider.provider());
    this.event = event;
  }

  /** Before the system call. */
  void enter() {
    begin();
  }

  /** After it. */
  void leave() {
    end();
  }

  @Override
  public Selector wakeup() {
    event.signal();
    return this;
  }

  @Override
  protected void implCloseSelector() {
    // The driver closes what it waits for.
  }

  @Override
  protected SelectionKey register(AbstractSelectableChannel channel, int ops, Object attachment) {
    throw new UnsupportedOperationException(
        "couldn't register " + (SelectableChannel) channel + " because this only waits");
  }

  @Override
  public Set<SelectionKey> keys() {
    return Set.of();
  }

  @Override
  public Set<SelectionKey> selectedKeys() {
    return Set.of();
  }

  @Override
  public int selectNow() {
    return 0;
  }

  @Override
  public int select(long timeout) {
    return 0;
  }

  @Override
  public int select() {
    return 0;
  }
}
