#include "tests/support/temp_dir.h"

#include <stdlib.h>

#include <string>
#include <system_error>

#include "common/domain/check.h"

namespace mercaptan::test {

TempDir::TempDir() {
    std::string name = std::filesystem::temp_directory_path() / "mercaptan-test-XXXXXX";
    MERCAPTAN_CHECK(mkdtemp(name.data()) != nullptr);
    path_ = name;
}

TempDir::~TempDir() {
    std::error_code ignored;  // A process that is still ending may hold on to a file.
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace mercaptan::test
