#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/instant.h"
#include "common/domain/result.h"
#include "common/store/store.h"
#include "gateway/core/gateway_core.h"
#include "gateway/dead_rows.h"
#include "gateway/intake.h"
#include "gateway/outbox.h"
#include "gateway/ports.h"
#include "gateway/profiles/profile_set.h"
#include "gateway/quarantine.h"
#include "gateway/settings.h"
#include "gateway/status.h"

namespace mercaptan::gateway {

/// What a message is beside its bytes.
struct MessageFlags {
    bool retained = false;
    bool redelivered = false;
};

/// The gateway without threads, clock or network: whoever drives it brings those. Everything it
/// knows is in the store, so that one which is dropped at any moment is continued by the next.
///
/// Message by message:
///   on_field_message  (receive thread)  stores the bytes; the broker may forget them on return
///   sync              (sync thread)     makes what was stored so far survive a power cut
///   round             (loop)            decodes, judges, commits, then acts: valves, answers,
///   uplink
///
/// An error from any of these means that the store failed: nothing may be acknowledged any more and
/// the process has to end.
class Gateway {
public:
    struct Parts {
        store::Store& store;
        DeadRows& dead_rows;
        FieldPort& field;
        CentralPort& central;
    };

    /// Continues what the store holds, in a new epoch. All parts outlive the gateway.
    [[nodiscard]] static Result<std::unique_ptr<Gateway>> open(const Settings& settings,
                                                               Rulebook rules,
                                                               profiles::ProfileSet profiles,
                                                               Parts parts, Instant now);

    // From any thread.

    /// A message of the field broker: on disk when this returns if it may be urgent, else in the
    /// hands of the operating system. True if the loop should run now.
    [[nodiscard]] Result<bool> on_field_message(Lane lane, std::string_view topic,
                                                std::string_view payload, MessageFlags flags,
                                                Instant now);
    /// A message of the central broker: orders to valves are stored like alarms, watermarks are
    /// not.
    [[nodiscard]] Result<bool> on_central_message(std::string_view topic, std::string_view payload,
                                                  MessageFlags flags, Instant now);
    void on_field_connection(Lane lane, bool connected);
    void on_central_connection(bool connected);
    void on_published(std::uint64_t token, bool ok);
    void on_disk_free(std::uint64_t bytes);
    /// Taken over by the next round.
    void reload(Rulebook rules);

    /// Everything written before this call survives a power cut when it returns.
    [[nodiscard]] Result<void> sync();
    [[nodiscard]] bool sync_due() const { return ledger_.dirty(); }

    [[nodiscard]] Status status() const;

    // The loop only.

    /// One step of everything. Does a bounded amount of work; when there is more to do,
    /// next_deadline() is not later than `now`.
    [[nodiscard]] Result<void> round(Instant now);
    /// When `round` should be called again if nothing comes in before.
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    /// Nothing is waiting to be decided or committed.
    [[nodiscard]] bool idle() const;

    [[nodiscard]] std::uint64_t epoch() const { return epoch_; }

private:
    struct Events {
        std::array<std::optional<bool>, 2> field_connected;  // By lane.
        bool field_reconnected = false;
        std::optional<bool> central_connected;
        std::vector<std::pair<std::uint64_t, bool>> published;
        std::vector<std::string> watermarks;
        std::optional<std::uint64_t> disk_free_bytes;
        std::optional<Rulebook> rules;
    };
    struct WaitingAnswer {
        std::uint64_t ticket;
        DeviceAnswer answer;
    };

    Gateway(const Settings& settings, Rulebook rules, profiles::ProfileSet profiles, Parts parts,
            std::uint64_t epoch);

    Result<void> recover();
    Result<void> recover_commands();
    Result<void> recover_inbox(Lane lane, std::vector<RawMessage>& dealt_with);
    void remember(const RawMessage& message);

    void take_events(Instant now);
    void take_messages(Instant now);
    [[nodiscard]] bool urgent() const;
    [[nodiscard]] std::size_t urgent_decisions() const;
    [[nodiscard]] bool repeatable(const RawMessage& message, std::size_t first_step) const;
    [[nodiscard]] bool commit_due(Instant now);
    void process(const RawMessage& message, Instant now);
    MessageResult judge(const MessageRef& ref, const profiles::Decoded& decoded);
    MessageResult take_order(const MessageRef& ref, Instant now);
    Result<void> commit(Instant now);
    void put(const GuardStep& step);
    void act();
    void send(const PendingCommand& command);
    void forget_synced();
    void send_answers();
    void control_intake();
    void publish_status();

    const Settings settings_;
    const std::uint64_t epoch_;
    store::Store& store_;
    DeadRows& dead_rows_;
    FieldPort& field_;
    profiles::ProfileSet profiles_;
    Ledger ledger_;
    Intake intake_;
    GatewayCore core_;
    Outbox outbox_;
    Quarantine quarantine_;

    // The loop's own; reused from round to round.
    RoundOutput out_;             // Decided and not committed.
    std::size_t repeatable_ = 0;  // Of the urgent among it.
    std::optional<Instant> batch_open_since_;
    store::Batch batch_;
    profiles::Decoded decoded_;
    RawMessage message_;
    std::string scratch_;
    std::array<RowId, 2> cursors_{};  // Last message dealt with, by lane.
    std::array<bool, 2> cursor_moved_{};
    struct DurableCursor {
        std::uint64_t ticket;
        RowId row;
    };
    std::array<std::deque<DurableCursor>, 2> cursors_in_doubt_;  // Committed, not synced yet.
    std::deque<WaitingAnswer> answers_;  // Until the copy of the message is synced.
    unsigned bulk_passed_over_ = 0;
    std::array<bool, 2> intake_open_{true, true};
    std::array<bool, 2> field_connected_{};
    std::optional<std::uint64_t> disk_free_bytes_;
    Status next_status_;

    mutable std::mutex events_mutex_;
    Events events_;
    mutable std::mutex status_mutex_;
    Status status_;
};

}  // namespace mercaptan::gateway
