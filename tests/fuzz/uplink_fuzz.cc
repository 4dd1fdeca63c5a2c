// Messages of a gateway, each behind two bytes of length (big-endian), through a processor that
// then restarts from what it committed. First byte: whether the clock goes on between them, and by
// how much.

#include <memory>

#include "common/domain/check.h"
#include "common/wire/quiet.h"
#include "processor/io/rulebook_loader.h"
#include "processor/io/tables.h"
#include "processor/processor.h"
#include "tests/fuzz/input.h"
#include "tests/support/memory_store.h"

namespace mercaptan::fuzz {
namespace {

constexpr Instant kStart{1'795'248'000'000};  // 2026-11-21T08:00:00Z

std::shared_ptr<const processor::Rulebook> shipped_rulebook() {
    const std::filesystem::path config = MERCAPTAN_CONFIG_DIR;
    processor::RulebookPaths paths;
    paths.rules = config / "rules.yaml";
    paths.policies = config / "policies";
    paths.calendar = config / "calendar.yaml";
    paths.registry = config / "registry.csv";
    paths.roster = config / "roster.yaml";
    auto loaded = processor::load_rulebook(paths);
    MERCAPTAN_CHECK(loaded.has_value());
    return *loaded;
}

std::unique_ptr<processor::Processor> open(const test::MemoryStore& store, Instant now) {
    static const std::shared_ptr<const processor::Rulebook> rulebook = shipped_rulebook();
    auto opened = processor::Processor::open({}, rulebook, store, now);
    MERCAPTAN_CHECK(opened.has_value());
    return std::move(*opened);
}

void commit(processor::Processor& processor, test::MemoryStore& store, Instant now) {
    if (!processor.pending()) return;
    const auto commit = processor.close(now);
    MERCAPTAN_CHECK(store.write(commit->batch, store::Sync::yes).has_value());
}

}  // namespace
}  // namespace mercaptan::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace mercaptan;
    wire::keep_quiet();
    fuzz::Input input{data, size};
    const Duration step{input.byte() * std::int64_t{1000}};
    test::MemoryStore store;
    Instant now = fuzz::kStart;
    auto processor = fuzz::open(store, now);
    std::string_view rest = input.rest();
    while (rest.size() > 2) {
        const auto length = static_cast<std::size_t>(static_cast<unsigned char>(rest[0])) << 8U |
                            static_cast<unsigned char>(rest[1]);
        rest.remove_prefix(2);
        const std::string_view message = rest.substr(0, length);
        rest.remove_prefix(message.size());
        processor->on_uplink("mercaptan/v1/up/gateway-1/bulk", message, now);
        fuzz::commit(*processor, store, now);
        now = now + step;
        processor->on_tick(now);
    }
    fuzz::commit(*processor, store, now);
    const std::size_t devices = processor->engine().device_count();
    processor = fuzz::open(store, now);
    MERCAPTAN_CHECK(processor->engine().device_count() == devices);
    return 0;
}
