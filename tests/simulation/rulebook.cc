#include "tests/simulation/rulebook.h"

#include <chrono>
#include <string>

#include "tests/support/engine_driver.h"

namespace mercaptan::simulation {

std::shared_ptr<const processor::Rulebook> make_rulebook(const Plan& plan, unsigned edition) {
    using namespace std::chrono_literals;
    processor::Rulebook book = processor::test::standard_rulebook();
    book.rules.version = "edition-" + std::to_string(edition);
    book.content = std::to_string(edition);
    if (edition % 2 == 1) book.roster.crews.push_back({"crew-3", {"north"}, {}});
    if (plan.crews_off_duty && edition % 2 == 0) {
        for (processor::Crew& crew : book.roster.crews) crew.shifts = {{0, 5}};
    }
    for (const DevicePlan& device : plan.devices) {
        if (!device.registered) continue;
        RegistryEntry entry = processor::test::registered(device.site, device.id, device.kind);
        entry.expected_interval = device.interval * 2;
        book.registry.push_back(entry);
    }
    for (const SitePlan& site : plan.sites) {
        if (!site.valve) continue;
        book.registry.push_back(
            processor::test::registered(site.id, "v" + site.id, DeviceKind::valve));
    }
    return std::make_shared<const processor::Rulebook>(std::move(book));
}

}  // namespace mercaptan::simulation
