"""Keys and words become a choice: joins the models' ears to a leg, no more."""
