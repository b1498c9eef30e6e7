from . import test_delivery
from . import test_flows
from . import test_invoice
from . import test_outbox
from . import test_settings
