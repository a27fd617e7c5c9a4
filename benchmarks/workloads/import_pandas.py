# SPDX-License-Identifier: Apache-2.0
"""import pandas."""

import pandas  # noqa: F401
