from . import test_rates
from . import test_booking
from . import test_written_back
from . import test_cutoff
from . import test_screens
from . import test_customs
from . import test_shop_orders
