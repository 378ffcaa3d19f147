% rebase('layout', title=t('nav.settings'), here='settings')
% page_head(t('nav.settings'), t('settings.hint'))
% def named(option):
%   if option in ('true', 'false'):
%     return t('form.yes') if option == 'true' else t('form.no')
%   end
%   return t.either('setting_value.' + option, option) if option else t('settings.nobody')
% end
<div id="toasts">
% if changed:
<div class="toast" role="status" data-hide-after="10">
<p>{{t('settings.changed', what=t('setting.' + changed))}}</p>
<form method="post" action="/settings">
%   token_field()
<input type="hidden" name="key" value="{{changed}}">
<input type="hidden" name="value" value="{{before}}">
<input type="hidden" name="undo" value="yes">
<button type="submit" class="plain">{{t('toast.undo')}}</button>
</form>
</div>
% end
</div>
<form class="search" method="get" action="/settings">
<label class="unseen" for="f-q">{{t('settings.search')}}</label>
<input id="f-q" type="search" name="q" value="{{search}}" placeholder="{{t('settings.search')}}" maxlength="80" autocomplete="off">
<button type="submit" class="plain" title="{{t('form.search')}}">
% icon('search')
<span class="unseen">{{t('form.search')}}</span></button>
</form>
% if not groups:
%   empty('search', t('settings.none', text=search), t('settings.none_hint'))
% end
% for group, rows in groups.items():
%   with card(t('setting_group.' + group), 'group-' + group.replace(' ', '-').lower()):
%     for row in rows:
%       key = row.declared.key
<form method="post" action="/settings" class="setting" id="{{key}}">
%       token_field()
<input type="hidden" name="key" value="{{key}}">
%       if key == wrong:
%         fault_line(why)
%       end
<label for="s-{{key}}">{{t('setting.' + key)}}</label>
<div class="inline">
%       options = row.declared.choices or (('true', 'false') if row.declared.kind == 'flag' else ())
%       if options:
<select id="s-{{key}}" name="value" aria-describedby="h-{{key}}">
%         for option in options:
<option value="{{option}}"\\
%           if option == row.value:
 selected\\
%           end
>{{named(option)}}</option>
%         end
</select>
%       else:
<input id="s-{{key}}" name="value" value="{{visit.form.text('value', 500) if key == wrong else row.value}}" maxlength="{{row.declared.longest}}" autocomplete="off" aria-describedby="h-{{key}}"\\
%         if key == wrong:
 aria-invalid="true"\\
%         end
%         if row.declared.kind in ('whole', 'number'):
 inputmode="decimal"\\
%         end
>
%       end
<button type="submit" class="plain">{{t('form.save')}}</button>
</div>
<small id="h-{{key}}"><span class="mono">{{key}}</span> · {{t('settings.default', value=named(row.default) if options else row.default or t('settings.empty'))}}{{' ' + t.either('setting_unit.' + row.declared.unit, row.declared.unit) if row.declared.unit else ''}}\\
%       if row.changed_ms:
 · {{t('settings.changed_by', who=row.by)}}
%         when(row.changed_ms, visit.offset_min)
%       end
</small>
</form>
%     end
%   end
% end
