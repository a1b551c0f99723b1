# libaom for run, test and CI. Its crate asks for CMake's Debug build whenever cargo's profile is not release, which is
# not optimised at all; and for parts that nothing here uses, which would make the build half as long again.
set(CMAKE_C_FLAGS_DEBUG_INIT "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG_INIT "-O2 -DNDEBUG")
set(CONFIG_AV1_HIGHBITDEPTH 0 CACHE STRING "")
set(CONFIG_MULTITHREAD 0 CACHE STRING "")
