// From a store to a processor that is ready: a million devices and a hundred thousand open clocks.

#include <benchmark/benchmark.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "common/domain/check.h"
#include "common/store/rocks_store.h"
#include "processor/io/rows.h"
#include "processor/io/starts.h"
#include "processor/io/tables.h"
#include "processor/processor.h"
#include "tests/bench/district.h"
#include "tests/support/repair_names.h"
#include "tests/support/temp_dir.h"

namespace mercaptan::bench {
namespace {

using Clock = std::chrono::steady_clock;
using processor::StoreTable;

constexpr std::size_t kRowsPerBatch = 10'000;
constexpr std::size_t kReadingsPerCommit = 2048;
constexpr std::size_t kClockShare = 10;  // One device in ten has an open ticket with a clock.

store::RocksOptions options_of(const test::TempDir& folder) {
    store::RocksOptions options;
    options.path = folder.path() / "store";
    options.tables = processor::store_tables();
    return options;
}

std::unique_ptr<store::Store> open_store(const test::TempDir& folder) {
    auto opened = store::open_rocks_store(options_of(folder));
    MERCAPTAN_CHECK(opened.has_value());
    return std::move(*opened);
}

/// Writes `count` rows that `put` adds to the batch.
void write_rows(store::Store& store, std::size_t count,
                const std::function<void(store::Batch&, std::size_t)>& put) {
    store::Batch batch;
    for (std::size_t i = 0; i < count; ++i) {
        put(batch, i);
        if (i + 1 < count && (i + 1) % kRowsPerBatch != 0) continue;
        MERCAPTAN_CHECK(store.write(batch, store::Sync::no).has_value());
        batch.clear();
    }
}

processor::DeviceRow device_row(const District& district, std::size_t device) {
    processor::DeviceRow row;
    row.site = district.site_of(device);
    row.device = district.id_of(device);
    row.last_event_at = District::kStart - Duration{30'000};
    row.last_received_at = District::kStart - Duration{29'700};
    row.last_seq = 1000;
    row.seq_window = UINT64_MAX;
    row.known_since = District::kStart - Duration{86'400'000};
    row.gateway = "gateway-1";
    return row;
}

/// A Class 3 ticket of one device, dispatched and not yet accepted: one clock runs.
processor::Ticket open_ticket(const District& district, std::size_t number) {
    const std::size_t device = number * kClockShare;
    processor::Ticket ticket;
    ticket.id = "T" + std::to_string(1'000'000'000'000 + number);
    ticket.ticket_class = processor::TicketClass::three;
    ticket.policy = "repair.class3";
    ticket.state = processor::RepairState::dispatched;
    ticket.site = district.site_of(device);
    ticket.zone = "zone-01";
    ticket.hazard_key = "device|" + ticket.site.str() + "|" + district.id_of(device).str();
    ticket.devices = {district.id_of(device)};
    ticket.cause.condition = "device.low_battery";
    ticket.cause.device = district.id_of(device);
    ticket.opened_at = ticket.recorded_at = ticket.touched_at = District::kStart;
    ticket.assignee = "crew-1";
    ticket.attempt = 1;
    ticket.channel = "device";
    ticket.clocks = {
        {.name = "accept",
         .cycle = 1,
         .started_at = District::kStart,
         .due_at = District::kStart + Duration{static_cast<std::int64_t>(600'000 + number)},
         .status = processor::ClockStatus::running,
         .ended_at = {},
         .warnings = 0}};
    ticket.version = 3;
    ticket.log_size = 4;
    ticket.source_events = {ticket.site.str() + "/" + district.id_of(device).str() + "/1000"};
    return ticket;
}

/// What a crash leaves: rows, and the readings since the devices' rows were written.
void fill(store::Store& store, District& district, std::size_t journal_readings) {
    std::string key;
    std::string value;
    write_rows(store, district.size(), [&](store::Batch& batch, std::size_t i) {
        processor::device_key(key, district.id_of(i), district.site_of(i));
        processor::encode_device(value, device_row(district, i));
        batch.put(processor::table(StoreTable::devices), key, value);
    });
    write_rows(store, district.size() / kClockShare, [&](store::Batch& batch, std::size_t i) {
        const processor::Ticket ticket = open_ticket(district, i);
        processor::encode_ticket(value, ticket);
        batch.put(processor::table(StoreTable::tickets), ticket.id, value);
    });
    std::vector<Reading> readings(kReadingsPerCommit);
    for (std::size_t n = 0; n * kReadingsPerCommit < journal_readings; ++n) {
        district.next(readings);
        store::Batch batch;
        value.clear();
        for (const Reading& reading : readings)
            processor::encode_journal_reading(value, reading, district.now(), false);
        processor::journal_key(key, n + 1);
        batch.put(processor::table(StoreTable::journal), key, value);
        MERCAPTAN_CHECK(store.write(batch, store::Sync::no).has_value());
    }
    MERCAPTAN_CHECK(store.sync().has_value());
}

/// Argument: readings in the journal, per thousand devices (600 is 10,000/s for a minute).
void restart(benchmark::State& state) {
    const test::TempDir folder;
    District district{device_count()};
    const auto journal = district.size() / 1000 * static_cast<std::size_t>(state.range(0));
    fill(*open_store(folder), district, journal);
    const auto rulebook =
        std::make_shared<const processor::Rulebook>(shipped_rulebook(district.registry()));
    double store_s = 0;
    double start_s = 0;
    for ([[maybe_unused]] auto _ : state) {
        const auto begun = Clock::now();
        const auto store = open_store(folder);
        store_s = std::chrono::duration<double>(Clock::now() - begun).count();
        auto processor = processor::Processor::open({}, rulebook, *store, District::kStart);
        MERCAPTAN_CHECK(processor.has_value());
        state.SetIterationTime(std::chrono::duration<double>(Clock::now() - begun).count());
        MERCAPTAN_CHECK((*processor)->engine().device_count() == district.size());
        const auto copying = Clock::now();
        MERCAPTAN_CHECK(processor::keep_start(*store, District::kStart).has_value());
        start_s = std::chrono::duration<double>(Clock::now() - copying).count();
    }
    state.counters["store_open_s"] = store_s;
    state.counters["start_copied_s"] = start_s;
    state.counters["clocks"] = static_cast<double>(district.size() / kClockShare);
    state.counters["journal_readings"] = static_cast<double>(journal);
}
BENCHMARK(restart)->Arg(0)->Arg(600)->UseManualTime()->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace
}  // namespace mercaptan::bench
