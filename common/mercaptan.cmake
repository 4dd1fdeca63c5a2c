# mercaptan_library(NAME folder SOURCES ... PUBLIC ... PRIVATE ...)
#
# A static library `mercaptan_<NAME>` (alias mercaptan::<NAME>) with our build options. PUBLIC and
# PRIVATE are the libraries it links; PUBLIC ones appear in its headers.
function(mercaptan_library)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  set(target mercaptan_${ARG_NAME})
  add_library(${target} STATIC ${ARG_SOURCES})
  add_library(mercaptan::${ARG_NAME} ALIAS ${target})
  target_link_libraries(${target} PUBLIC mercaptan_build_options ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
endfunction()

# mercaptan_test(NAME name SOURCES ... LINK ... [LABEL unit])
#
# A GoogleTest program, registered with CTest as one test named <LABEL>.<NAME>.
function(mercaptan_test)
  cmake_parse_arguments(ARG "" "NAME;LABEL;TIMEOUT" "SOURCES;LINK" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  set(target test_${ARG_LABEL}_${ARG_NAME})
  add_executable(${target} ${ARG_SOURCES})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  target_link_libraries(${target} PRIVATE mercaptan_build_options ${ARG_LINK} GTest::gmock GTest::gtest_main)
  # Everything of a label can be built by itself: `--target tests_unit`.
  if(NOT TARGET tests_${ARG_LABEL})
    add_custom_target(tests_${ARG_LABEL})
  endif()
  add_dependencies(tests_${ARG_LABEL} ${target})
  add_test(NAME ${ARG_LABEL}.${ARG_NAME} COMMAND ${target})
  set_tests_properties(${ARG_LABEL}.${ARG_NAME} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
endfunction()
