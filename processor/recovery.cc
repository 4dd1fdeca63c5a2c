#include <algorithm>
#include <charconv>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "processor/io/tables.h"
#include "processor/processor.h"

namespace mercaptan::processor {
namespace {

/// A clock that ran ahead by more than this was wrong; following it would stop every deadline.
constexpr Duration kClockAheadMax{24LL * 3'600'000};

using Visit = std::function<Result<void>(std::string_view key, std::string_view value)>;

/// Visits every row of a table from a key on; the first row that can't be read ends it.
Result<void> each(const store::Store& store, StoreTable of, std::string_view from,
                  const Visit& visit) {
    Result<void> outcome;
    const auto scanned =
        store.scan(table(of), from, {}, [&](std::string_view key, std::string_view value) {
            outcome = visit(key, value);
            return outcome.has_value();
        });
    return scanned ? outcome : scanned;
}
Result<void> each(const store::Store& store, StoreTable of, const Visit& visit) {
    return each(store, of, {}, visit);
}

template <class Row, class Take>
Result<void> taking(Result<Row> row, Take&& take) {
    if (!row) return tl::unexpected{row.error()};
    take(std::move(*row));
    return {};
}

}  // namespace

Result<std::unique_ptr<Processor>> Processor::open(const ProcessorSettings& settings,
                                                   std::shared_ptr<const Rulebook> rulebook,
                                                   const store::Store& store, Instant now,
                                                   const EarlierVersions& earlier) {
    std::unique_ptr<Processor> processor{new Processor{settings, std::move(rulebook), now}};
    processor->engine_.know(earlier);
    if (auto recovered = processor->recover(store); !recovered)
        return tl::unexpected{recovered.error()};
    processor->journal_.add(
        {.at = now,
         .gateway = {},
         .body = LoggedStart{processor->engine_.rulebook().content, settings.program}});
    return processor;
}

Result<void> Processor::recover(const store::Store& store) {
    std::vector<std::uint64_t> saved_in;
    return recover_meta(store)
        .and_then([&] { return recover_rows(store, saved_in); })
        .and_then([&] { return recover_versions(store); })
        .and_then([&] { return recover_alarm_order(store); })
        .and_then([&] { return recover_journal(store, saved_in); })
        .and_then([&] { return recover_unsent(store); })
        .map([&] { engine_.recovered(now_); });
}

Result<void> Processor::recover_meta(const store::Store& store) {
    const auto format = store.get(table(StoreTable::meta), kMetaFormatKey);
    if (!format) return tl::unexpected{format.error()};
    const std::string expected = std::to_string(kStoreFormatVersion);
    if (*format && **format != expected) {
        return fail(ErrorCode::corrupt, "the store has format " + **format +
                                            ", this program reads format " + expected +
                                            "; start the version that wrote it");
    }
    if (!*format) next_->batch.put(table(StoreTable::meta), kMetaFormatKey, expected);
    const auto last = store.get(table(StoreTable::meta), "commit");
    if (!last) return tl::unexpected{last.error()};
    if (!*last) return {};
    const std::string& text = **last;
    const char* end = text.data() + text.size();
    std::int64_t at = 0;
    auto parsed = std::from_chars(text.data(), end, commit_seq_);
    if (parsed.ec == std::errc{} && parsed.ptr != end)
        parsed = std::from_chars(parsed.ptr + 1, end, at);
    if (parsed.ec != std::errc{} || parsed.ptr != end) {
        return fail(ErrorCode::corrupt, "the store's last commit is unreadable: " + text);
    }
    if (Instant{at} <= now_ + kClockAheadMax) now_ = std::max(now_, Instant{at});
    return {};
}

/// Fills `saved_in`: which commit each device's row is of, by the device's index.
Result<void> Processor::recover_rows(const store::Store& store,
                                     std::vector<std::uint64_t>& saved_in) {
    const auto devices = [&](std::string_view key, std::string_view value) {
        return taking(decode_device(key, value), [&](const DeviceRow& row) {
            const std::uint32_t index = engine_.restore(row);
            if (index >= saved_in.size()) saved_in.resize(index + 1);
            saved_in[index] = row.saved_in;
        });
    };
    const auto alarms = [&](std::string_view, std::string_view value) {
        return taking(decode_alarm(value), [&](const Alarm& alarm) { engine_.restore(alarm); });
    };
    const auto tickets = [&](std::string_view, std::string_view value) {
        return taking(decode_ticket(value), [&](const Ticket& ticket) {
            const bool old =
                ticket.closed_at && *ticket.closed_at + settings_.closed_tickets_kept < now_;
            if (is_open(ticket.state) || !old) engine_.restore(ticket);
        });
    };
    const auto positions = [&](std::string_view key, std::string_view value) {
        return taking(decode_position(key, value), [&](PositionRow row) {
            confirm_soon_.insert(row.gateway);
            positions_.restore(std::move(row));
        });
    };
    const auto idempotency = [&](std::string_view key, std::string_view value) -> Result<void> {
        engine_.restore_idempotency(std::string{key}, std::string{value});
        return {};
    };
    return each(store, StoreTable::devices, devices)
        .and_then([&] { return each(store, StoreTable::alarms, alarms); })
        .and_then([&] { return each(store, StoreTable::tickets, tickets); })
        .and_then([&] { return each(store, StoreTable::positions, positions); })
        .and_then([&] { return each(store, StoreTable::idempotency, idempotency); });
}

Result<void> Processor::recover_versions(const store::Store& store) {
    std::set<std::string> needed;
    for (std::uint32_t index = 0; index < engine_.ticket_count(); ++index) {
        const Ticket& ticket = engine_.ticket(index);
        version_key(key_, ticket.policy, ticket.policy_version);
        needed.insert(key_);
        version_key(key_, {}, ticket.calendar_version);
        needed.insert(key_);
    }
    return store.scan(table(StoreTable::versions), {}, {},
                      [&](std::string_view key, std::string_view) {
                          if (needed.contains(std::string{key})) {
                              versions_.emplace(key);
                          } else {
                              next_->batch.erase(table(StoreTable::versions), key);
                          }
                          return true;
                      });
}

/// Makes the index agree with the alarms: a store that is older than it has none.
Result<void> Processor::recover_alarm_order(const store::Store& store) {
    std::set<std::string> stray;
    const auto scanned = store.scan(table(StoreTable::alarm_order), {}, {},
                                    [&](std::string_view key, std::string_view) {
                                        stray.emplace_hint(stray.end(), key);
                                        return true;
                                    });
    if (!scanned) return scanned;
    for (std::uint32_t index = 0; index < engine_.alarm_count(); ++index) {
        const Alarm& alarm = engine_.alarm(index);
        alarm_order_.emplace_back(alarm.since);
        alarm_order_key(key_, alarm.since, alarm.id);
        if (stray.erase(key_) == 0) next_->batch.put(table(StoreTable::alarm_order), key_, {});
    }
    for (const std::string& key : stray) next_->batch.erase(table(StoreTable::alarm_order), key);
    for (std::uint32_t index = 0; index < engine_.alarm_count(); ++index)
        alarm_occurrences_.push_back(engine_.alarm(index).occurrences);
    return {};
}

/// What came after a device's row was written; what came before is in the row.
Result<void> Processor::recover_journal(const store::Store& store,
                                        const std::vector<std::uint64_t>& saved_in) {
    const auto from = needed_journal(store);
    if (!from) return tl::unexpected{from.error()};
    journal_key(key_, *from);
    return each(
        store, StoreTable::journal, key_, [&](std::string_view key, std::string_view value) {
            JournalRow row{.commit = 0, .at = now_, .devices = {}};
            auto decoded =
                taking(decode_journal_key(key), [&](std::uint64_t commit) { row.commit = commit; });
            if (!decoded) return decoded;
            std::set<std::uint32_t> devices;
            decoded = decode_journal(value, [&](const LoggedRecord& record) {
                const auto* logged = std::get_if<LoggedReading>(&record.body);
                if (logged == nullptr || !logged->counted) return true;
                const std::uint32_t index = engine_.know(logged->reading);
                const bool in_row = index < saved_in.size() && row.commit <= saved_in[index];
                if (!in_row) engine_.catch_up(logged->reading);
                devices.insert(index);
                return true;
            });
            if (devices.empty()) return decoded;
            row.devices.assign(devices.begin(), devices.end());
            journal_rows_devices_ += row.devices.size();
            journal_rows_.push_back(std::move(row));
            return decoded;
        });
}

Result<void> Processor::recover_unsent(const store::Store& store) {
    const auto effects =
        each(store, StoreTable::effects, [&](std::string_view key, std::string_view value) {
            return taking(decode_effect(value), [&](EffectRow row) {
                unsent_[std::string{key}] = commit_seq_;
                unsent_at_start_.push_back({std::string{key}, commit_seq_, std::move(row)});
            });
        });
    if (!effects) return effects;
    Result<void> outcome;
    const auto last = store.scan_back(
        table(StoreTable::feed), {}, {}, [&](std::string_view key, std::string_view) {
            outcome = taking(decode_feed_key(key), [&](std::uint64_t id) { feed_end_ = id; });
            return false;
        });
    return last ? outcome : last;
}

}  // namespace mercaptan::processor
