#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/domain/instant.h"
#include "common/domain/result.h"
#include "common/store/store.h"
#include "common/wire/uplink.pb.h"
#include "processor/commit.h"
#include "processor/core/engine.h"
#include "processor/io/journal.h"
#include "processor/positions.h"

namespace mercaptan::processor {

struct ProcessorSettings {
    std::size_t readings_per_commit_max = 2048;
    Duration watermark_every{10};       // For bulk alone; an emergency is confirmed at once.
    Duration device_row_every{60'000};  // How much journal a restart has to read.
    std::size_t journal_devices_max = 4'000'000;
    std::uint64_t feed_rows_max = 100'000;
    Duration closed_tickets_kept{30LL * 24 * 3'600'000};  // In memory; the store keeps all.
    std::string program{};                                // Its version, for the journal.
    bool keep_readings = true;                            // A replay has them already.
};

struct ProcessorCounts {
    std::uint64_t uplinks = 0;
    std::uint64_t uplink_duplicates = 0;
    std::uint64_t uplink_refused = 0;  // By Positions: the gateway will send them again.
    std::uint64_t uplink_malformed = 0;
    std::uint64_t items_malformed = 0;
};

/// The one loop's body: takes messages and commands in, steps the core, and makes commits.
///
/// Knows no thread, clock or network; `now` must not go backwards. What is in a Commit may be acted
/// on only after its batch was written and synced. Everything is rebuilt from the store by `open`.
class Processor {
public:
    /// `earlier`: what the store's table of versions has beside what is in force.
    [[nodiscard]] static Result<std::unique_ptr<Processor>> open(
        const ProcessorSettings& settings, std::shared_ptr<const Rulebook> rulebook,
        const store::Store& store, Instant now, const EarlierVersions& earlier = {});

    /// One message of `mercaptan/v1/up/{gateway}/{lane}`.
    void on_uplink(std::string_view topic, std::string_view payload, Instant now);
    void on_command(const OperatorCommand& command, const std::optional<Reporter>& reporter,
                    Instant now);
    /// A message that a commit wanted sent has arrived.
    void on_sent(std::string_view key, std::uint64_t generation);
    void on_reload(std::shared_ptr<const Rulebook> rulebook, Instant now);
    void on_tick(Instant now);
    /// One record as the journal has it; not a start, which is an `open`. `rulebook`: of a reload.
    void take(const LoggedRecord& record, std::shared_ptr<const Rulebook> rulebook = nullptr);

    /// True if there is anything to commit.
    [[nodiscard]] bool pending() const;
    /// True if that should happen at once: an emergency, a person waiting, or enough of it.
    [[nodiscard]] bool urgent() const;
    /// Everything since the last commit. Call only if pending.
    [[nodiscard]] std::unique_ptr<Commit> close(Instant now);
    /// Puts a finished commit's memory to use again.
    void recycle(std::unique_ptr<Commit> commit);

    /// When on_tick has to be called if nothing else is.
    [[nodiscard]] std::optional<Instant> next_deadline() const;
    /// What was to be sent when the last process ended.
    [[nodiscard]] std::vector<Outgoing> take_unsent();
    [[nodiscard]] std::size_t unsent() const { return unsent_.size(); }

    [[nodiscard]] const Engine& engine() const { return engine_; }
    [[nodiscard]] const ProcessorCounts& counts() const { return counts_; }
    [[nodiscard]] const Positions& positions() const { return positions_; }
    [[nodiscard]] std::uint64_t feed_end() const { return feed_end_; }
    [[nodiscard]] Instant now() const { return now_; }

private:
    Processor(const ProcessorSettings& settings, std::shared_ptr<const Rulebook> rulebook,
              Instant now);

    // recovery.cc
    Result<void> recover(const store::Store& store);
    Result<void> recover_meta(const store::Store& store);
    /// A version that no ticket is pinned to any more goes.
    Result<void> recover_versions(const store::Store& store);
    Result<void> recover_rows(const store::Store& store, std::vector<std::uint64_t>& saved_in);
    Result<void> recover_alarm_order(const store::Store& store);
    Result<void> recover_journal(const store::Store& store,
                                 const std::vector<std::uint64_t>& saved_in);
    Result<void> recover_unsent(const store::Store& store);

    // processor.cc
    void take_item(const Name& gateway, const wire::Item& item);
    void take_reading(const Name& gateway, const wire::Reading& from, const Reading& frame);
    void step(const Name& gateway, const Reading& reading);
    void keep(const Reading& reading, const ReadingVerdict& verdict);
    void age_journal();

    // close.cc
    void put_model(Commit& commit);
    void put_alarm_order(Commit& commit, std::uint32_t alarm);
    void put_alarm_log(Commit& commit, std::uint32_t alarm);
    void put_tickets(Commit& commit);
    /// What a restart needs to run the ticket as now.
    void put_versions(Commit& commit, std::uint32_t ticket);
    void put_effects(Commit& commit);
    void put_notice(Commit& commit, const PublicNotice& notice);
    void put_replies(Commit& commit);
    void put_positions(Commit& commit);
    void put_meta(Commit& commit);
    void send(Commit& commit, std::string key, EffectRow message);
    void feed(Commit& commit, std::string event, std::string json);
    void put_watermark(Commit& commit, const Name& gateway);

    ProcessorSettings settings_;
    Engine engine_;
    Positions positions_;
    ProcessorCounts counts_;
    Instant now_;
    std::uint64_t commit_seq_ = 0;
    std::uint64_t feed_end_ = 0;

    // What the next commit will hold beside the engine's changes.
    std::unique_ptr<Commit> next_;
    std::unique_ptr<Commit> spare_;
    JournalWriter journal_;
    std::vector<std::uint32_t> journal_devices_;
    std::set<std::string> versions_;                   // Keys of the table.
    std::vector<std::optional<Instant>> alarm_order_;  // By alarm: where the index has it.
    std::vector<std::uint64_t> alarm_occurrences_;     // By alarm: those that alarm_log knows.
    std::vector<std::string> sent_;
    std::set<Name> confirm_now_;
    std::set<Name> confirm_soon_;
    Instant confirmed_at_;

    /// Journal rows whose devices' rows may be older.
    struct JournalRow {
        std::uint64_t commit;
        Instant at;
        std::vector<std::uint32_t> devices;
    };
    std::deque<JournalRow> journal_rows_;
    std::size_t journal_rows_devices_ = 0;
    std::unordered_map<std::string, std::uint64_t> unsent_;  // Key to generation.
    std::vector<Outgoing> unsent_at_start_;
    wire::Uplink uplink_;  // Reused.
    std::string key_;
    std::string value_;
};

}  // namespace mercaptan::processor
