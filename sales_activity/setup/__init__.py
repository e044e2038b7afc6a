"""What install and uninstall put on a site, and take off it again.

- ``custom_fields``: the one definition of our fields on ERPNext's DocTypes.
- ``seed``: records that belong to the admin from the moment they are made.
"""
